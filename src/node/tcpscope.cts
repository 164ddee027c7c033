#!/usr/bin/env node
import fs = require('node:fs');
import nodePath = require('node:path');
import vm = require('node:vm');
import type { run } from './cli/program.js' with { 'resolution-mode': 'import' };

/**
 * The program's first files, each a function of what Node gives to a module (vite.cli.config.ts): what every command needs, what those
 * with options do, and what the build adds to that.
 */
const FILES = ['tcpscope-program.cjs', 'tcpscope-commandLine.cjs', 'tcpscope-rolldown-runtime.cjs'] as const;

interface LoadedFile {
  readonly exports: unknown;
  /** Its code, of which V8 can be asked what it has compiled so far. */
  readonly script: vm.Script;
}

/**
 * Where what V8 compiled of a file is kept, if it is: bytes that only the same release of Node on the same kind of machine can use. V8
 * compares its version, its flags, and of the source the length alone: for another program it must be made anew (start/prepareStart.ts).
 */
function compiledCodePath(file: string): string {
  return `${file}.${process.version}-${process.platform}-${process.arch}.cache`;
}

/**
 * Loads the program as Node's `require` loads CommonJS modules, but with what V8 has compiled of it before: a quarter of what a short command
 * takes above Node's own start goes into compiling. Its files are the modules that others get when they require them. They cannot `import()`.
 *
 * @returns what the program exports, and the files that it has loaded so far, by their paths
 */
function loadProgram(): { exports: { run: typeof run }; files: ReadonlyMap<string, LoadedFile> } {
  const files = new Map<string, LoadedFile>();
  const load = (path: string): unknown => {
    const known = files.get(path);
    if (known !== undefined) return known.exports;
    const cachedData = readCompiledCode(path);
    const script = new vm.Script(fs.readFileSync(path, 'utf8'), {
      filename: path,
      ...(cachedData && { cachedData }),
    });
    const module = { exports: {}, loaded: true, children: [] };
    require.cache[path] = module as unknown as NodeJS.Module;
    files.set(path, { exports: module.exports, script });
    const run = script.runInThisContext() as (...given: unknown[]) => void;
    run(module.exports, requireFrom, module, path, __dirname);
    return module.exports;
  };
  const requireFrom = (name: string): unknown => {
    const own = FILES.find((file) => name === `./${file}`);
    return own === undefined ? require(name) : load(nodePath.join(__dirname, own));
  };
  return { exports: load(nodePath.join(__dirname, FILES[0])) as { run: typeof run }, files };
}

function readCompiledCode(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(compiledCodePath(file));
  } catch {
    // Without it, or without the right to read it, all is compiled anew.
    return undefined;
  }
}

/**
 * Otherwise Node would give back all of its memory piece by piece, which takes a tenth of a short command. On Windows, where what was handed over
 * may still be on its way, it ends by itself.
 */
function end(): void {
  if (process.platform !== 'win32') process.exit();
}

// In one file with the loader: to find another one, Node would look for the package that it is part of, and read its package.json.
if (require.main === module) void loadProgram().exports.run(process.argv).then(end);

export = { FILES, compiledCodePath, loadProgram };
