import { execFileSync, spawnSync } from 'node:child_process';
import { whyNoWine } from './wine.js';

const COMPILER = 'x86_64-w64-mingw32-gcc';

/** Why no Windows program can be compiled and run here, or undefined where it can. */
export function whyNoMingw(): string | undefined {
  if (spawnSync(COMPILER, ['--version']).status !== 0) {
    return `${COMPILER} is missing: apt-get install mingw-w64`;
  }
  return whyNoWine();
}

export function compileForWindows(source: string, output: string, ...flags: readonly string[]): void {
  execFileSync(COMPILER, ['-Wall', '-Werror', '-O1', '-o', output, source, ...flags]);
}
