/**
 * Keeps what V8 compiles of the command line's program beside it, so that it starts sooner: run when the package is built and when it is
 * installed, and at no other time, since a machine under investigation is not to be written to. Where it cannot be kept, the program
 * starts as any other.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Snapshot } from '../../core/index.js';
import type { run } from '../cli/program.js';
import { concatBytes } from '../../core/bytes.js';
import { encodeFileHeader, FILE_ID_BYTES } from '../../core/file/header.js';
import { startOfRecording } from '../../core/file/recording/position.js';
import { RecordingEncoder } from '../../core/file/recording/recordingEncoder.js';
import { NODE_PRIMITIVES } from '../files/nodePrimitives.js';
import { compiledCodePath, loadProgram } from './loadProgram.cjs';

const SELF = fileURLToPath(import.meta.url);
const PROGRAM = fileURLToPath(new URL('../tcpscope-program.cjs', import.meta.url));

const SNAPSHOTS = 12;
const ROWS = 64;
const ROW_WORDS = 7;

const [sample] = process.argv.slice(2);
if (sample === undefined) await prepareStart();
else await keepCompiledCode(sample);

/** What the program prints goes nowhere, for which it has to be a process of its own. */
async function prepareStart(): Promise<void> {
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

/** Functions are compiled when they are first called, so those are kept that most commands need. */
async function keepCompiledCode(recording: string): Promise<void> {
  const path = compiledCodePath(PROGRAM);
  rmSync(path, { force: true });
  const { script, exports } = loadProgram<{ run: typeof run }>(PROGRAM);
  await exports.run([process.execPath, PROGRAM, 'show', '--snapshot', 'all', recording]);
  const written = `${path}.${process.pid}`;
  writeFileSync(written, script.createCachedData());
  renameSync(written, path);
}

/** A keyframe and deltas. */
async function sampleRecording(): Promise<Uint8Array> {
  const fileId = new Uint8Array(FILE_ID_BYTES);
  const encoder = new RecordingEncoder(NODE_PRIMITIVES, startOfRecording(fileId));
  const pieces = [encodeFileHeader(fileId)];
  for (let number = 0; number < SNAPSHOTS; number++) {
    pieces.push((await encoder.snapshot(sampleSnapshot(number))).bytes);
    encoder.commit();
  }
  return concatBytes([...pieces, encoder.close()]);
}

function sampleSnapshot(number: number): Snapshot {
  const words = new Uint32Array(1 + ROWS * ROW_WORDS);
  words[0] = ROWS;
  for (let row = 0; row < ROWS; row++) {
    // State, local address and port, remote address and port, pid, offload state: rows come and go, and some change.
    const [id, state] = [row + number, 1 + ((row + (number >> 2)) % 12)];
    words.set([state, 0x0100007f, id, 0x0200007f, id * 7, 1 + (id % 4), 0], 1 + row * ROW_WORDS);
  }
  const monotonicMicroseconds = number * 1_000_000;
  return {
    tool: { name: 'tcpscope', version: '0', runtime: `node ${process.version}` },
    time: { utcMicroseconds: Date.UTC(2026, 0) * 1000 + monotonicMicroseconds, monotonicMicroseconds },
    provider: 'import',
    tables: [{ class: 'tcp2', scope: 'all', synthesized: true, bytes: new Uint8Array(words.buffer) }],
    processes: [1, 2, 3, 4].map((pid) => ({ pid, name: `process ${pid}`, user: '0' })),
  };
}
