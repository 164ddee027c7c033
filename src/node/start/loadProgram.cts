import fs = require('node:fs');
import nodePath = require('node:path');
import vm = require('node:vm');

/**
 * Where what V8 compiled of the program is kept, if it is: bytes that only the same release of Node on the same kind of machine can use. V8
 * compares its version, its flags, and of the source the length alone: for another program it must be made anew (prepareStart.ts).
 */
function compiledCodePath(program: string): string {
  return `${program}.${process.version}-${process.platform}-${process.arch}.cache`;
}

/**
 * Loads a program as Node's `require` loads a CommonJS module, but with what V8 has compiled of it before: a quarter of what a short command
 * takes above Node's own start goes into compiling. It is the module that others get when they require it. It cannot `import()`.
 *
 * @param path of a function of what Node gives to a module (vite.cli.config.ts)
 * @param require what a module in the same folder has for it: to make one, Node would have to load more of itself
 * @returns what it exports, and its code, of which V8 can be asked what it has compiled so far
 */
function loadProgram<Exports>(
  path: string,
  require: NodeJS.Require,
): { exports: Exports; script: vm.Script } {
  const cachedData = readCompiledCode(path);
  const script = new vm.Script(fs.readFileSync(path, 'utf8'), {
    filename: path,
    ...(cachedData && { cachedData }),
  });
  const module = { exports: {} as Exports, loaded: true, children: [] };
  require.cache[path] = module as unknown as NodeJS.Module;
  const run = script.runInThisContext() as (...given: unknown[]) => void;
  run(module.exports, require, module, path, nodePath.dirname(path));
  return { exports: module.exports, script };
}

function readCompiledCode(program: string): Buffer | undefined {
  try {
    return fs.readFileSync(compiledCodePath(program));
  } catch {
    // Without it, or without the right to read it, all is compiled anew.
    return undefined;
  }
}

export = { compiledCodePath, loadProgram };
