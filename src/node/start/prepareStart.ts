/**
 * Keeps what V8 compiles of the command line's program beside it, so that it starts sooner: run when the package is built and when it is
 * installed, and at no other time, since a machine under investigation is not to be written to. Where it cannot be kept, the program
 * starts as any other.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledCodePath, FILES, loadProgram } from '../tcpscope.cjs';
import { sampleRecording } from './sampleRecording.js';

const SELF = fileURLToPath(import.meta.url);
const FOLDER = fileURLToPath(new URL('..', import.meta.url));

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
  for (const name of readdirSync(FOLDER)) {
    if (FILES.some((file) => name.startsWith(`${file}.`))) rmSync(join(FOLDER, name));
  }
}

/** Functions are compiled when they are first called, so those are kept that most commands need. */
async function keepCompiledCode(recording: string): Promise<void> {
  const { exports, files } = loadProgram();
  await exports.run([process.execPath, FOLDER, 'show', recording]);
  await exports.run([process.execPath, FOLDER, 'show', '--snapshot', 'all', recording]);
  for (const [path, { script }] of files) {
    const written = `${compiledCodePath(path)}.${process.pid}`;
    writeFileSync(written, script.createCachedData());
    renameSync(written, compiledCodePath(path));
  }
}
