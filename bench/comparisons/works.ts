import type { Comparison, Task, Work } from '../comparison.js';
import { ADVERSARIAL_INPUTS } from '../tables/adversarial.js';
import { BASIC_KINDS } from '../tables/kinds.js';
import { KINDS } from '../tables/orderedKinds.js';
import { compareCli } from './cli.js';
import type { Context } from './context.js';
import { compareCountPid, compareCountRemote24, compareCountRemote24Top100 } from './count.js';
import { compareCsv, compareCsvPieces } from './csv.js';
import { compareDecode } from './decode.js';
import { compareOrderedDiff, compareRawDiff } from './diff.js';
import { compareOrder, compareSmall } from './order.js';
import { compareSelect } from './select.js';
import { compareSortKeys, ORDERED_KINDS } from './sortKeys.js';
import { compareSortOnly } from './sortOnly.js';
import { compareSortWide } from './sortWide.js';

/** How the comparisons of a work are made, and for which tables. */
interface WorkPlan {
  readonly kinds: readonly string[];
  /** Rows of a table: one fixed number, or which of the wanted ones. */
  readonly rows: number | ((rows: number, kind: string) => boolean);
  readonly make: (context: Context, kind: never, rows: number) => Comparison | Promise<Comparison>;
}

const SMALL_TABLE = 300;
const MILLION = 1_000_000;
/** Sorted like these, tables are measured at the size of the floors only. */
const KINDS_OF_FLOORS: readonly string[] = ['sorted-client', 'sorted-random'];

const isLarge = (rows: number): boolean => rows >= 100_000;
/** Of ten million rows, a Map of string keys takes minutes, and a text is longer than V8 allows; their sorts are measured by `order`. */
const isMedium = (rows: number): boolean => isLarge(rows) && rows <= MILLION;

const PLANS: Readonly<Record<Work, WorkPlan>> = {
  order: {
    kinds: KINDS,
    rows: (rows, kind) => rows === MILLION || !KINDS_OF_FLOORS.includes(kind),
    make: compareOrder,
  },
  small: { kinds: BASIC_KINDS, rows: SMALL_TABLE, make: compareSmall },
  decode: { kinds: BASIC_KINDS, rows: isLarge, make: compareDecode },
  'sort-only': { kinds: [...BASIC_KINDS, ...ADVERSARIAL_INPUTS], rows: isMedium, make: compareSortOnly },
  'sort-keys': { kinds: ORDERED_KINDS, rows: isMedium, make: compareSortKeys },
  'sort-wide': { kinds: [...BASIC_KINDS, ...ADVERSARIAL_INPUTS], rows: isMedium, make: compareSortWide },
  select: { kinds: BASIC_KINDS, rows: isLarge, make: compareSelect },
  'diff-ordered': { kinds: BASIC_KINDS, rows: isMedium, make: compareOrderedDiff },
  'diff-raw': { kinds: BASIC_KINDS, rows: isMedium, make: compareRawDiff },
  'count-pid': { kinds: BASIC_KINDS, rows: isLarge, make: compareCountPid },
  'count-remote24': { kinds: BASIC_KINDS, rows: isMedium, make: compareCountRemote24 },
  'count-remote24-top100': { kinds: BASIC_KINDS, rows: isLarge, make: compareCountRemote24Top100 },
  csv: { kinds: BASIC_KINDS, rows: isMedium, make: compareCsv },
  'csv-pieces': { kinds: BASIC_KINDS, rows: isMedium, make: compareCsvPieces },
  cli: { kinds: ['client'], rows: SMALL_TABLE, make: compareCli },
};

/** All tasks of these works, at these sizes where the work is done at several. */
export function listTasks(works: Iterable<Work>, sizes: readonly number[]): Task[] {
  return Array.from(works).flatMap((work) => {
    const { kinds, rows: fits } = PLANS[work];
    const wanted = typeof fits === 'number' ? [fits] : sizes;
    return wanted.flatMap((rows) =>
      kinds
        .filter((kind) => typeof fits === 'number' || fits(rows, kind))
        .map((kind) => ({ work, kind, rows })),
    );
  });
}

export async function makeComparison(context: Context, { work, kind, rows }: Task): Promise<Comparison> {
  return PLANS[work].make(context, kind as never, rows);
}
