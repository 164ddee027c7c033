import { checkNumbers, OURS, type Comparison } from '../comparison.js';
import { readColumns } from '../peers/typedColumns.js';
import { makeAdversarial } from '../tables/adversarial.js';
import { isBasicKind, makeTable } from '../tables/kinds.js';
import { seedOf, type Context } from './context.js';

/** A decoded table → its order: against a plain radix sort made with the same compiler and flags, on inputs good and bad. */
export function compareSortOnly({ decoder, radix }: Context, kind: string, rows: number): Comparison {
  const seed = seedOf(rows);
  const raw = isBasicKind(kind) ? makeTable(kind, rows, seed) : makeAdversarial(kind, rows, seed);
  const table = decoder.decode(raw, 'tcp2');
  radix.load(readColumns(raw));
  return {
    tables: 1,
    contestants: [
      { name: OURS, run: () => table.order() },
      { name: 'WASM radix, 8 bits', run: () => radix.order(8) },
      { name: 'WASM radix, 11 bits', run: () => radix.order(11) },
    ],
    check: () => {
      const expected = table.order();
      checkNumbers('WASM radix, 8 bits', expected, radix.order(8));
      checkNumbers('WASM radix, 11 bits', expected, radix.order(11));
    },
  };
}
