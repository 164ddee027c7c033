import { checkSame, OURS, type Comparison } from '../comparison.js';
import { filterBusy, filterClient, filterRandom } from '../peers/filterObjects.js';
import { readRows, type Row } from '../peers/rowObjects.js';
import { makeTable, type BasicKind } from '../tables/kinds.js';
import { seedOf, type Context } from './context.js';

interface Question {
  readonly expression: string;
  readonly filter: (rows: readonly Row[]) => Row[];
}

/** A state, a port and a network, for less than 5% of the rows. */
const QUESTIONS: Readonly<Record<BasicKind, Question>> = {
  busy: { expression: 'state = ESTABLISHED and lport = 443 and remote in 80.0.0.0/5', filter: filterBusy },
  client: {
    expression: 'state = ESTABLISHED and rport = 443 and remote in 64.0.0.0/4',
    filter: filterClient,
  },
  random: {
    expression: 'state = ESTABLISHED and rport in 49152..65535 and remote in 160.0.0.0/3',
    filter: filterRandom,
  },
};
const MOST_HITS = 0.05;

/** A decoded table, or its objects → the rows that an expression is true of. */
export function compareSelect({ decoder }: Context, kind: BasicKind, rows: number): Comparison {
  const raw = makeTable(kind, rows, seedOf(rows));
  const table = decoder.decode(raw, 'tcp2');
  const objects = readRows(raw);
  const { expression, filter } = QUESTIONS[kind];
  return {
    tables: 1,
    contestants: [
      { name: OURS, run: () => table.select(expression) },
      { name: 'filter on objects', run: () => filter(objects) },
    ],
    check: () => {
      const selected = table.select(expression);
      const filtered = filter(objects);
      checkSame(
        'filter on objects',
        filtered.length === selected.length && filtered.every((row, i) => row === objects[selected[i]!]),
      );
      const share = selected.length / rows;
      if (share === 0 || share > MOST_HITS) throw new Error(`${kind}: ${share * 100}% of the rows match`);
    },
  };
}
