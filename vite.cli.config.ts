import { defineConfig, type Plugin } from 'vite';

/** All that is loaded at every start. */
const SHARED = { name: 'shared', tags: ['$initial' as const], includeDependenciesRecursively: false };
/** What reads options, for all commands. */
const COMMAND_LINE = {
  name: 'commandLine',
  test: /(no child_process$|[\\/]commander[\\/]|cli[\\/](commandLine|options|showCommand)\.ts$)/,
  includeDependenciesRecursively: false,
};

/**
 * The command line in few files, with its dependencies: loading their many modules one by one takes Node longer than all the
 * work on a small snapshot, and so does parsing what a command does not need. To show files without options, and what commands share, is one
 * file, to read options another one; what only other commands need is loaded by them. koffi stays outside, since its native part is a file of its own, and tinypool,
 * whose workers' part is. They are CommonJS modules, which Node loads sooner than ECMAScript modules, and without waiting. The first
 * ones are loaded by `src/node/tcpscope.cts`, with what V8 has compiled of them before.
 */
export default defineConfig({
  logLevel: 'warn',
  ssr: { noExternal: true, external: ['koffi', 'tinypool'] },
  plugins: [withoutPrograms(), inAscii(), asFunction()],
  build: {
    ssr: 'src/node/cli/program.ts',
    target: 'node20',
    // Beside the library: the module and package.json are found from here by the same relative paths.
    outDir: 'dist/node',
    emptyOutDir: false,
    // Node would spend a quarter of its start on parsing the rest.
    minify: true,
    sourcemap: false,
    license: { fileName: 'tcpscope.licenses.md' },
    rolldownOptions: {
      output: {
        format: 'cjs',
        entryFileNames: 'tcpscope-program.cjs',
        chunkFileNames: 'tcpscope-[name].cjs',
        codeSplitting: { groups: [SHARED, COMMAND_LINE] },
      },
    },
  },
});

/**
 * Commander can start programs as its subcommands, and loads Node's child_process, and with that its sockets, for it at every start.
 * No command here is such a program.
 */
function withoutPrograms(): Plugin {
  const nothing = '\0no child_process';
  return {
    name: 'commander-without-programs',
    enforce: 'pre',
    resolveId: (id, importer) =>
      id === 'node:child_process' && importer?.includes('/commander/') ? nothing : undefined,
    load: (id) => (id === nothing ? 'export {}' : undefined),
  };
}

/** Rolldown's own functions, for what is or imports CommonJS: always a file of its own. */
const RUNTIME = 'rolldown-runtime';

/**
 * The first files are functions of what Node gives to a module, as they are run: to put that around them at every start would make all of them
 * anew. They are loaded by `src/node/tcpscope.cts` alone. The first one requires rolldown's functions, and uses none of them.
 */
function asFunction(): Plugin {
  return {
    name: 'as-function',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        if (!chunk.isEntry && chunk.name !== COMMAND_LINE.name && chunk.name !== RUNTIME) continue;
        const code = chunk.code.replace(`,require("./tcpscope-${RUNTIME}.cjs");`, ';');
        chunk.code = `(function (exports, require, module, __filename, __dirname) {${code}\n})`;
      }
    },
  };
}

/** V8 keeps a program twice as long in memory, at every start, when a single character of it is beyond Latin-1. */
function inAscii(): Plugin {
  const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return {
    name: 'in-ascii',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        // Such characters stand in strings, templates and regular expressions alone.
        if (chunk.type === 'chunk') chunk.code = chunk.code.replace(/[^\0-\x7f]/g, escape);
      }
    },
  };
}
