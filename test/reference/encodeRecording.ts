import type { Gap, Snapshot } from 'tcpscope/core';
import { concatBytes } from '../../dist/core/bytes.js';
import { encodeFileHeader } from '../../dist/core/file/header.js';
import type { Primitives } from '../../dist/core/file/primitives.js';
import { startOfRecording } from '../../dist/core/file/recording/position.js';
import { RecordingEncoder, type RecordedSeries } from '../../dist/core/file/recording/recordingEncoder.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import { encodeRows } from './arbitraryTable.js';

const FILE_ID = new TextEncoder().encode('recorded');

interface Encoding {
  readonly primitives?: Primitives;
  readonly closed?: boolean;
  readonly chain?: Uint8Array;
  readonly series?: RecordedSeries;
  /** How often each is encoded: only the last time it can be written. */
  readonly attempts?: number;
}

/** The bytes of a recording of these snapshots and gaps, in memory. */
export async function encodeRecording(
  items: readonly (Snapshot | Gap)[],
  { primitives = NODE_PRIMITIVES, closed = true, chain, series, attempts = 1 }: Encoding = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const start = { ...startOfRecording(FILE_ID), ...(chain && { chain }) };
  const encoder = new RecordingEncoder(primitives, start, series);
  const parts: Uint8Array[] = [encodeFileHeader(FILE_ID)];
  const encode = async (item: Snapshot | Gap): Promise<Uint8Array> =>
    'reason' in item ? encoder.gap(item) : (await encoder.snapshot(item)).bytes;
  for (const item of items) {
    for (let i = 1; i < attempts; i++) await encode(item);
    parts.push(await encode(item));
    encoder.commit();
  }
  if (closed) parts.push(await encoder.close());
  return concatBytes(parts);
}

const UTC = 1_795_000_000_000_000;

/** A snapshot of a small machine, `second` seconds after the recording began. */
export function secondOf(
  second: number,
  rows: readonly (readonly number[])[],
  change: Partial<Snapshot> = {},
): Snapshot {
  return {
    tool: { name: 'tcpscope', version: '0.1.0', runtime: 'node v20.19.0' },
    provider: 'iphlpapi',
    time: { utcMicroseconds: UTC + second * 1e6, monotonicMicroseconds: second * 1e6 },
    tick: { number: second, intervalMicroseconds: 1e6, lateMicroseconds: 0 },
    tables: [{ class: 'tcp2', scope: 'all', synthesized: false, bytes: encodeRows(rows) }],
    ...change,
  };
}

const LISTEN = [2, 0, 0x5000, 0, 0, 4, 0];
const FIRST = [5, 0x0100007f, 0x901f, 0x0100007f, 0x50c3, 42, 0];
const SECOND = [5, 0x0100007f, 0x901f, 0x0100007f, 0x51c3, 42, 0];
const PROCESSES = [
  { pid: 4, name: 'System' },
  { pid: 42, name: 'web.exe', startUtcMicroseconds: UTC - 1e6 },
];

/** Three snapshots: a keyframe and two deltas, each made from the one before. */
export const SMALL_RECORDING: readonly Snapshot[] = [
  secondOf(0, [LISTEN, FIRST], { processes: PROCESSES }),
  secondOf(1, [LISTEN, FIRST.with(0, 11).with(5, 0), SECOND], { processes: PROCESSES }),
  secondOf(2, [LISTEN, SECOND], { processes: PROCESSES, note: 'the last' }),
];
