import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** As the release target of asconfig.json. */
const FLAGS = [
  '--optimizeLevel',
  '3',
  '--shrinkLevel',
  '0',
  '--noAssert',
  '--runtime',
  'stub',
  '--use',
  'abort=',
];

/** Compiles a file of assembly/ with the compiler that the library is made with. */
export function compilePeer(name: string): void {
  const compiler = fileURLToPath(import.meta.resolve('assemblyscript/bin/asc.js'));
  const source = fileURLToPath(new URL(`../../peers/assembly/${name}.ts`, import.meta.url));
  const args = [
    compiler,
    source,
    '--config',
    'none',
    '--outFile',
    moduleOf(name),
    '--enable',
    'simd',
    ...FLAGS,
  ];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
}

/** Loads what compilePeer made. */
export function loadPeer(name: string): WebAssembly.Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(readFileSync(moduleOf(name)))).exports;
}

function moduleOf(name: string): string {
  return fileURLToPath(new URL(`../${name}.wasm`, import.meta.url));
}
