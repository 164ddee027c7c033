import { checkNumbers, checkSame, OURS, type Comparison, type Contestant } from '../comparison.js';
import { readRows, sortRows } from '../peers/rowObjects.js';
import { orderColumns, readColumns } from '../peers/typedColumns.js';
import { makeKind, type Kind } from '../tables/orderedKinds.js';
import { seedOf, type Context } from './context.js';

/** So many different small tables take turns: the branch predictor learns none of them by heart. */
const SMALL_ROWS = 10_000;
const ROTATED_ROWS = 500_000;
const SMALLEST_TABLES = 1000;

/** The bytes of a table → the row numbers in the documented order. */
export function compareOrder(context: Context, kind: Kind, rows: number): Comparison {
  return compareTables(context, kind, rows, rows < SMALL_ROWS ? Math.ceil(ROTATED_ROWS / rows) : 1);
}

export function compareSmall(context: Context, kind: Kind, rows: number): Comparison {
  return compareTables(context, kind, rows, SMALLEST_TABLES);
}

function compareTables({ decoder, native }: Context, kind: Kind, rows: number, count: number): Comparison {
  const tables = Array.from({ length: count }, (_, i) => makeKind(decoder, kind, rows, seedOf(rows, i)));
  const order = new Uint32Array(rows);
  const orderByLibrary = (raw: Uint8Array, into?: Uint32Array): Uint32Array => {
    const table = decoder.decode(raw, 'tcp2');
    const result = table.order(undefined, into);
    table.free();
    return result;
  };
  const nativePeers = [
    { name: 'native std::sort', sort: native.orderStdSort },
    { name: 'native radix, 8 bits', sort: native.orderRadix8 },
    { name: 'native radix, 11 bits', sort: native.orderRadix11 },
  ];
  const each = (run: (raw: Uint8Array) => unknown) => (): void => {
    for (const raw of tables) run(raw);
  };
  const contestants: Contestant[] = [
    // As the native peers have it, who write to the same array again and again.
    { name: OURS, run: each((raw) => orderByLibrary(raw, order)) },
    { name: `${OURS}, into new arrays`, run: each((raw) => orderByLibrary(raw)) },
    { name: 'typical JS', run: each((raw) => sortRows(readRows(raw))), slow: true },
    { name: 'typed columns', run: each((raw) => orderColumns(readColumns(raw))), slow: true },
    ...nativePeers.map(({ name, sort }) => ({ name, run: each((raw) => sort(raw, order)) })),
    memcpyPeer(native, tables),
  ];
  const check = (): void => {
    for (const raw of tables) {
      const expected = orderByLibrary(raw);
      checkNumbers('typed columns', expected, orderColumns(readColumns(raw)));
      for (const { name, sort } of nativePeers) {
        sort(raw, order.fill(0));
        checkNumbers(name, expected, order);
      }
      const objects = readRows(raw);
      const sorted = sortRows(objects.slice());
      checkSame(
        'typical JS',
        sorted.every((row, place) => row === objects[expected[place]!]),
      );
    }
  };
  return { tables: count, contestants, check };
}

/** Copies the tables, to memory that has been used before: what no decoder can do without, and a measure of the machine. */
export function memcpyPeer(native: Context['native'], tables: readonly Uint8Array[]): Contestant {
  const to = new Uint8Array(tables[0]!.length).fill(1);
  const run = (): void => {
    for (const raw of tables) native.copyBytes(raw, to, raw.length);
  };
  return { name: 'memcpy', run };
}
