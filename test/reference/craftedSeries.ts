import { deflateRawSync } from 'node:zlib';
import { concatBytes } from '../../dist/core/bytes.js';
import { encodeMetadata } from '../../dist/core/file/messagePack/encode.js';

// Maps of series frames of three snapshots, as bytes, that no writer makes.

/** The payload of a series frame. */
export function seriesPayload(map: Uint8Array, length = map.length): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, length, true);
  return concatBytes([head, deflateRawSync(map)]);
}

const column = (...told: number[]): Uint8Array => Uint8Array.from(told);
const columnsOf = (names: readonly string[], ...told: number[]): Record<string, Uint8Array> =>
  Object.fromEntries(names.map((name) => [name, column(...told)]));

const COUNTS = ['opened', 'closed', 'stateChanged', 'ownerChanged'];
const TIMES = ['utcMicroseconds', 'monotonicMicroseconds', 'elapsedMicroseconds', 'tick', 'lateMicroseconds'];
const COLUMNS = { ...columnsOf(COUNTS, 1, 1, 1), ...columnsOf(TIMES, 0, 0, 0) };
const RIGHT = { snapshots: 3, columns: COLUMNS, states: { LISTEN: column(3, 1, 1) } };

const withColumn = (name: string, value: unknown): object => ({
  ...RIGHT,
  columns: { ...COLUMNS, [name]: value },
});
const withStates = (states: unknown): object => ({ ...RIGHT, states });

/** The most that a varint says, and one that is longer than any. */
const MOST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
const TOO_LONG = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0];

export const RIGHT_SERIES: readonly Uint8Array[] = [
  RIGHT,
  { ...withColumn('later', 1), later: 1 }, // keys that nobody knows
  withStates({ A: column(3, 1, 1), B: column(5, 2, 1), UNKNOWN: column(3, 3, 3) }),
  withStates({}),
].map(encodeMetadata);

/** Right by itself, where no snapshot is before it. */
export const SERIES_OF_NONE: Uint8Array = encodeMetadata({
  snapshots: 0,
  columns: columnsOf(Object.keys(COLUMNS)),
  states: {},
});

export const WRONG_SERIES: readonly Uint8Array[] = [
  { ...RIGHT, snapshots: 65_537 },
  { ...RIGHT, snapshots: -1 },
  { ...RIGHT, snapshots: 2 }, // a value follows each column
  { ...RIGHT, snapshots: 4 }, // each lacks one
  { snapshots: 3, columns: COLUMNS },
  ...Object.keys(COLUMNS).map((missing) => withColumn(missing, undefined)),
  withColumn('tick', [0, 0, 0]),
  withColumn('tick', column(...TOO_LONG, 0, 0)),
  withColumn('tick', column(0, 0, 0x80)),
  withColumn('closed', column(3, 0, 1)),
  withColumn('opened', column(2, 1, 1)), // −1
  withColumn('utcMicroseconds', column(2, 0, 0)),
  withColumn('utcMicroseconds', column(...MOST, ...MOST, ...MOST)), // 3 · (2^52 − 1)
  withStates([]),
  withStates({ LISTEN: 1 }),
  withStates({ LISTEN: column(0, 1, 1) }),
  withStates(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`S${i}`, column(1, 1, 1)]))),
  withStates({ LISTEN: column(0x83, 0x80, 0x80, 0x80, 0x20, 1, 1) }), // 2^32 + 1
].map(encodeMetadata);
