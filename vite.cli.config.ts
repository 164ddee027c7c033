import { defineConfig, type Plugin } from 'vite';

/** All that is loaded at every start. */
const SHARED = { name: 'shared', tags: ['$initial' as const], includeDependenciesRecursively: false };

/**
 * The command line in few files, with its dependencies: loading their many modules one by one takes Node longer than all the
 * work on a small snapshot, and so does parsing what a command does not need. `show`, and what commands share, are one file; what only
 * other commands need is loaded by them. koffi stays outside, since its native part is a file of its own, and tinypool,
 * whose workers' part is. They are CommonJS modules, which Node loads sooner than ECMAScript modules, and without waiting. The first
 * of them is loaded by `src/node/tcpscope.cts`, with what V8 has compiled of it before.
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
        codeSplitting: { groups: [SHARED] },
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

/**
 * The first file is a function of what Node gives to a module, as it is run: to put that around it at every start would make all of it
 * anew. It is loaded by `src/node/start/loadProgram.cts` alone.
 */
function asFunction(): Plugin {
  return {
    name: 'as-function',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk' && chunk.isEntry)
          chunk.code = `(function (exports, require, module, __filename, __dirname) {${chunk.code}\n})`;
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
