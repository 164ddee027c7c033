/** What is measured: one piece of work, done by the library and by its peers. */

export const WORKS = [
  'order',
  'decode',
  'small',
  'sort-only',
  'sort-keys',
  'sort-wide',
  'select',
  'diff-ordered',
  'diff-raw',
  'count-pid',
  'count-remote24',
  'count-remote24-top100',
  'csv',
  'csv-pieces',
  'cli',
] as const;
export type Work = (typeof WORKS)[number];

/** What each work is, for people. */
export const WORK_TITLES: Readonly<Record<Work, string>> = {
  order: 'decode + order',
  decode: 'decode alone',
  small: '1,000 tables of 300 rows, decode + order each',
  'sort-only': 'order of a decoded table, ordinary and adversarial inputs',
  'sort-keys': 'order of a decoded table by other keys',
  'sort-wide': 'decode + order of IPv6, ordinary and adversarial inputs',
  select: 'select by state, port and CIDR',
  'diff-ordered': 'diff, 3% churn, of decoded tables whose rows are in order',
  'diff-raw': 'diff, 3% churn, from raw bytes in no order',
  'count-pid': 'count by pid',
  'count-remote24': 'count by remote/24, every network',
  'count-remote24-top100': 'count by remote/24, the 100 most frequent',
  csv: 'CSV bytes',
  'csv-pieces': 'CSV bytes in pieces that are lent, as the command line writes them',
  cli: 'show of a 300-row snapshot',
};

/** The name under which the library stands in every comparison. */
export const OURS = 'tcpscope';

export interface Contestant {
  readonly name: string;
  readonly run: () => unknown;
  /** Takes so long that it is left out of most rounds. */
  readonly slow?: boolean;
}

/** Which work, on which table. */
export interface Task {
  readonly work: Work;
  /** The kind of table. */
  readonly kind: string;
  /** Rows of one table. */
  readonly rows: number;
}

export interface Comparison {
  /** Tables that one run goes through. */
  readonly tables: number;
  /** The library first. */
  readonly contestants: readonly Contestant[];
  /** Runs all contestants once and throws a ResultMismatch unless all results are the same. */
  readonly check: () => void;
}

export class ResultMismatch extends Error {
  override readonly name = 'ResultMismatch';
}

export function checkSame(what: string, isSame: boolean): void {
  if (!isSame) throw new ResultMismatch(`${what} differs from the library's result`);
}

export function checkNumbers(what: string, expected: ArrayLike<number>, actual: ArrayLike<number>): void {
  checkSame(
    `${what}: length ${actual.length}, not ${expected.length}: it`,
    actual.length === expected.length,
  );
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] !== actual[i]) {
      throw new ResultMismatch(`${what}: element ${i} is ${actual[i]}, the library's is ${expected[i]}`);
    }
  }
}
