import { SnapshotError } from '../errors.js';
import { decodeMessagePack } from '../file/messagePack/decode.js';
import { encodeMetadata } from '../file/messagePack/encode.js';
import { isMap, type ValueMap } from '../file/patch/values.js';
import { inflateFailure, type Primitives } from '../file/primitives.js';
import { RestoreError } from '../file/restoreError.js';
import { Varints } from '../file/varints.js';
import { concatBytes } from '../bytes.js';
import { GrowingBytes } from '../growingBytes.js';
import { SERIES_COLUMNS, SeriesBuilder, type SnapshotSeries } from './series.js';
import { SLOT_NAMES } from './stateSlots.js';

// The payload of a series frame: what snapshots have, in numbers. Integers are little-endian.
//
//   0      4
//   ┌──────┬─────────────┐    The map, u bytes of MessagePack when it is inflated: `snapshots`, how many these are; `columns`, a column
//   │ u    │ map         │    for each name; `states`, one for each state: the rows in it. A column is a varint for each snapshot: 0
//   │ u32  │ raw deflate │    where nothing is told, else 1 more than the signed difference to what the column told last.
//   └──────┴─────────────┘

const MAP_AT = 4;
/** More than recordings have between two of these frames. */
const MOST_SNAPSHOTS = 1 << 16;
const MOST_STATES = 64;
/** Of the map, and more than any payload needs. */
export const MAX_SERIES_BYTES = 1 << 20;
/** What a varint holds, and one more for what is not told. */
const MAX_DIFFERENCE = 2 ** 52 - 2;

/** Rows are those of all states, and what could not be read is in no series. */
const STORED_COLUMNS = SERIES_COLUMNS.filter((name) => name !== 'rows' && name !== 'isReadable');
const UNKNOWN = SLOT_NAMES.at(-1)!;

/** undefined where a number is one that cannot be told. */
export async function encodeSeriesPayload(
  series: SnapshotSeries,
  { deflate }: Pick<Primitives, 'deflate'>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const columns = STORED_COLUMNS.map((name) => [name, encodeColumn(series[name])] as const);
  const states = series.rowsByState.map(({ state, rows }) => [state, encodeColumn(rows)] as const);
  if ([...columns, ...states].some(([, column]) => column === undefined)) return undefined;
  const map = encodeMetadata({
    snapshots: series.count,
    columns: Object.fromEntries(columns),
    states: Object.fromEntries(states),
  });
  return concatBytes([new Uint8Array(Uint32Array.of(map.length).buffer), await deflate(map)]);
}

function encodeColumn(values: ArrayLike<number>): Uint8Array | undefined {
  const bytes = new GrowingBytes(2 * values.length);
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) {
      bytes.varint(0);
      continue;
    }
    const difference = value - last;
    if (!Number.isSafeInteger(value) || Math.abs(difference) > MAX_DIFFERENCE) return undefined;
    bytes.varint(1 + (difference < 0 ? -2 * difference - 1 : 2 * difference));
    last = value;
  }
  return bytes.take();
}

/** @throws SnapshotError `damaged`, `bad-metadata` */
export async function decodeSeriesPayload(
  payload: Uint8Array<ArrayBuffer>,
  fileOffset: number,
  { inflate }: Pick<Primitives, 'inflate'>,
): Promise<SnapshotSeries> {
  const fail = (message: string): never => {
    throw new SnapshotError('bad-metadata', message, { offset: fileOffset });
  };
  if (payload.length < MAP_AT) return fail(`a series needs ${MAP_AT} bytes, the frame has ${payload.length}`);
  const length = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  if (length > MAX_SERIES_BYTES)
    return fail(`a series claims ${length} bytes, ${MAX_SERIES_BYTES} are allowed`);
  const map = await inflateMap(payload.subarray(MAP_AT), length, fileOffset + MAP_AT, inflate);
  const { snapshots, columns, states } = decodeMessagePack(map, fileOffset + MAP_AT);
  const isRight =
    Number.isInteger(snapshots) && (snapshots as number) >= 0 && (snapshots as number) <= MOST_SNAPSHOTS;
  if (!isRight || !isMap(columns) || !isMap(states)) return fail('a series does not tell what it is of');
  try {
    return seriesOf(snapshots as number, columns, states);
  } catch (error) {
    if (!(error instanceof RestoreError)) throw error;
    return fail(`a series cannot be read: ${error.message}`);
  }
}

async function inflateMap(
  bytes: Uint8Array,
  length: number,
  offset: number,
  inflate: Primitives['inflate'],
): Promise<Uint8Array> {
  try {
    return await inflate(bytes, length);
  } catch (error) {
    throw inflateFailure(error, offset);
  }
}

function seriesOf(count: number, columns: ValueMap, states: ValueMap): SnapshotSeries {
  const series = new SeriesBuilder(count).finish();
  for (const name of STORED_COLUMNS) decodeColumn(columns[name], series[name]);
  series.isReadable.fill(1);
  const byState = new Map<string, Uint32Array>();
  const named = Object.entries(states);
  if (named.length > MOST_STATES) throw new RestoreError(`it has ${named.length} states`);
  for (const [name, column] of named) {
    // A state that this version does not know is one of all the others.
    const state = SLOT_NAMES.includes(name) ? name : UNKNOWN;
    const rows = new Uint32Array(count);
    decodeColumn(column, rows);
    byState.set(state, sum(rows, byState.get(state)));
    series.rows.set(sum(rows, series.rows));
  }
  const rowsByState = SLOT_NAMES.flatMap((state) => {
    const rows = byState.get(state);
    return rows === undefined ? [] : [{ state, rows }];
  });
  return { ...series, rowsByState };
}

/** @throws RestoreError */
function decodeColumn(column: unknown, values: SnapshotSeries[(typeof STORED_COLUMNS)[number]]): void {
  if (!(column instanceof Uint8Array)) throw new RestoreError('a column is missing');
  const numbers = new Varints(column);
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    const told = numbers.read();
    if (told !== 0) last += (told - 1) % 2 === 0 ? (told - 1) / 2 : -told / 2;
    values[i] = told === 0 ? Number.NaN : last;
    // Arrays of integers hold others than they are given where these are too large, negative, or no number.
    const isHeld = Object.is(values[i], told === 0 ? Number.NaN : last);
    if (!isHeld || last < 0 || last > Number.MAX_SAFE_INTEGER) {
      throw new RestoreError('a number is not one that its column has');
    }
  }
  if (numbers.at !== column.length) throw new RestoreError('bytes follow a column');
}

function sum(a: Uint32Array, b: Uint32Array | undefined): Uint32Array {
  return b === undefined ? a : a.map((value, i) => value + b[i]!);
}
