import type { Table } from 'tcpscope';
import { checkNumbers, OURS, type Comparison, type Contestant } from '../comparison.js';
import { readColumns } from '../peers/typedColumns.js';
import type { WasmRadix } from '../peers/wasmRadix.js';
import { makeAdversarial } from '../tables/adversarial.js';
import { isBasicKind, makeTable } from '../tables/kinds.js';
import { seedOf, type Context } from './context.js';

/** A decoded table → its order: against a plain radix sort made with the same compiler and flags, on inputs good and bad. */
export function compareSortOnly({ decoder, radix }: Context, kind: string, rows: number): Comparison {
  const seed = seedOf(rows);
  const raw = isBasicKind(kind) ? makeTable(kind, rows, seed) : makeAdversarial(kind, rows, seed);
  radix.load(readColumns(raw));
  return compareWithRadix(decoder.decode(raw, 'tcp2'), undefined, radix);
}

/** The order of a table by some keys, and that of the columns that the plain sort has been given. */
export function compareWithRadix(
  table: Table,
  keys: readonly string[] | undefined,
  radix: WasmRadix,
): Comparison {
  const peers = ([8, 11] as const).map((digitBits) => ({
    name: `WASM radix, ${digitBits} bits`,
    run: () => radix.order(digitBits),
  }));
  const ours = { name: OURS, run: () => table.order(keys) };
  return {
    tables: 1,
    contestants: [ours, ...peers] satisfies Contestant[],
    check: () => {
      const expected = ours.run();
      for (const { name, run } of peers) checkNumbers(name, expected, run());
    },
  };
}
