import { concatBytes } from '../../core/bytes.js';
import { encodeFileHeader, FILE_ID_BYTES } from '../../core/file/header.js';
import { startOfRecording } from '../../core/file/recording/position.js';
import { RecordingEncoder } from '../../core/file/recording/recordingEncoder.js';
import type { Snapshot } from '../../core/index.js';
import { NODE_PRIMITIVES } from '../files/nodePrimitives.js';

const SNAPSHOTS = 12;
const ROWS = 64;
const ROW_WORDS = 7;

/** A small recording, with a keyframe and deltas, for the program to show. */
export async function sampleRecording(): Promise<Uint8Array> {
  const fileId = new Uint8Array(FILE_ID_BYTES);
  const encoder = new RecordingEncoder(NODE_PRIMITIVES, startOfRecording(fileId));
  const pieces = [encodeFileHeader(fileId)];
  for (let number = 0; number < SNAPSHOTS; number++) {
    pieces.push((await encoder.snapshot(sampleSnapshot(number))).bytes);
    encoder.commit();
  }
  return concatBytes([...pieces, await encoder.close()]);
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
