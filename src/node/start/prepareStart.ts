/**
 * Keeps what V8 compiles of the command line's program beside it, so that it starts sooner: run when the package is built and when it is
 * installed, and at no other time, since a machine under investigation is not to be written to. Where it cannot be kept, the program
 * starts as any other.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { run } from '../cli/program.js';
import { compiledCodePath, loadProgram } from './loadProgram.cjs';
import { sampleRecording } from './sampleRecording.js';

const SELF = fileURLToPath(import.meta.url);
const PROGRAM = fileURLToPath(new URL('../tcpscope-program.cjs', import.meta.url));

const [sample] = process.argv.slice(2);
if (sample === undefined) await prepareStart();
else await keepCompiledCode(sample);

/** What the program prints goes nowhere, for which it has to be a process of its own. */
async function prepareStart(): Promise<void> {
  forgetCompiledCode();
  const folder = mkdtempSync(join(tmpdir(), 'tcpscope-start-'));
  try {
    const path = join(folder, 'sample.tcpsnap');
    writeFileSync(path, await sampleRecording());
    const { status } = spawnSync(process.execPath, [SELF, path], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error('what was compiled of the command line could not be kept');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of every release of Node: the program may be another one now, and V8 would only notice where its length is. */
function forgetCompiledCode(): void {
  const folder = dirname(PROGRAM);
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${basename(PROGRAM)}.`)) rmSync(join(folder, name));
  }
}

/** Functions are compiled when they are first called, so those are kept that most commands need. */
async function keepCompiledCode(recording: string): Promise<void> {
  const path = compiledCodePath(PROGRAM);
  const { script, exports } = loadProgram<{ run: typeof run }>(PROGRAM, createRequire(PROGRAM));
  await exports.run([process.execPath, PROGRAM, 'show', '--snapshot', 'all', recording]);
  const written = `${path}.${process.pid}`;
  writeFileSync(written, script.createCachedData());
  renameSync(written, path);
}
