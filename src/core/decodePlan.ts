import type { Engine } from './engine/engine.js';
import type { Kernels } from './engine/kernels.js';
import type { Columns } from './table/columns.js';
import { ADDRESS_COLUMNS, CREATED_COLUMNS, STORED_COLUMNS, type StoredField } from './table/fields.js';
import { layoutOf, type TableClass, type TableLayout } from './tableClass.js';

const WORD_BYTES = 4;
const GROUP_WORDS = 4;
/** What a word is, in the numbers of assembly/decode/plan.ts. */
const [SKIPPED, NUMBER, ADDRESS, PORT] = [0, 1, 2, 3] as const;

/** Four words side by side that the kernel takes at a time. */
interface Group {
  readonly offset: number;
  readonly words: readonly Word[];
}

/** Where a word goes, as a place in STORED_COLUMNS, and what it is. */
interface Word {
  readonly column: number;
  readonly kind: number;
}

interface PlacedWord extends Word {
  /** Among the words of all groups. */
  readonly place: number;
  /** In the row, in words. */
  readonly offset: number;
}

/** How the rows of a structure become columns. */
export interface Plan {
  readonly groups: readonly Group[];
  /** The words of all groups that are of interest. */
  readonly words: readonly PlacedWord[];
  /** Columns of which the structure says nothing, but `process`, which comes from elsewhere. The last ones are those of wide and of timed tables. */
  readonly missing: readonly StoredField[];
}

/** Those that were wanted: of the many classes, a snapshot has few. */
const plans = new Map<TableClass, Plan>();

export function decodePlan(tableClass: TableClass): Plan {
  let plan = plans.get(tableClass);
  if (plan === undefined) {
    plan = planOf(layoutOf(tableClass));
    plans.set(tableClass, plan);
  }
  return plan;
}

function planOf(layout: TableLayout): Plan {
  const fields = columnsOf(layout);
  const groups: Group[] = [];
  for (let word = 0; word < fields.length; word++) {
    if (fields[word] === null) continue;
    const taken = Array.from({ length: GROUP_WORDS }, (_, i) => fields[word + i] ?? null);
    groups.push({ offset: word * WORD_BYTES, words: taken.map(wordOf) });
    word += GROUP_WORDS - 1;
  }
  const missing = STORED_COLUMNS.map(([field]) => field).filter(
    (field) => field !== 'process' && !fields.includes(field),
  );
  return { groups, words: groups.flatMap(placeWords), missing };
}

function placeWords({ offset, words }: Group, group: number): PlacedWord[] {
  return words.flatMap(({ column, kind }, i) => {
    if (kind === SKIPPED) return [];
    return [{ column, kind, place: group * GROUP_WORDS + i, offset: offset / WORD_BYTES + i }];
  });
}

/** The column of each word. Of an IPv6 address, the words have columns of their own. */
function columnsOf({ words, family }: TableLayout): (StoredField | null)[] {
  const seen = { local: 0, remote: 0, created: 0 };
  return words.map((word): StoredField | null => {
    // The lower word of a time comes first, as all that is little-endian.
    if (word === 'created') return CREATED_COLUMNS[1 - seen.created++]!;
    if (family === 'IPv4' || (word !== 'local' && word !== 'remote')) return word;
    return ADDRESS_COLUMNS[word].words[seen[word]++]!;
  });
}

function wordOf(field: StoredField | null): Word {
  if (field === null) return { column: -1, kind: SKIPPED };
  const column = STORED_COLUMNS.findIndex(([name]) => name === field);
  if (field === 'lport' || field === 'rport') return { column, kind: PORT };
  const isAddress = Object.values(ADDRESS_COLUMNS).some(({ words }) => words.some((word) => word === field));
  return { column, kind: isAddress ? ADDRESS : NUMBER };
}

/** Writes the plan as assembly/decode/plan.ts reads it. Returns how many groups it has. */
export function writePlan(engine: Engine, kernels: Kernels, { groups }: Plan, columns: Columns): number {
  let at = kernels.planAddress() / WORD_BYTES;
  const { words: memory } = engine;
  for (const { offset, words } of groups) {
    memory[at++] = offset;
    for (const { column, kind } of words) {
      // A column that the table does not have is no place to write to.
      const address = columns.addressToWrite(column);
      memory[at++] = address;
      memory[at++] = address === 0 ? SKIPPED : kind;
    }
  }
  return groups.length;
}

/** Tells the columns which words decodeVarying has left out in the window: a bit for each of the plan's. */
export function noteConstants(
  engine: Engine,
  kernels: Kernels,
  { words }: Plan,
  columns: Columns,
  { constant, firstRow, rows }: { constant: number; firstRow: number; rows: number },
): void {
  const { words: memory } = engine;
  const window = kernels.windowAddress() / WORD_BYTES;
  for (const { column, kind, place, offset } of words) {
    if (((constant >>> place) & 1) === 0) continue;
    columns.fillLater(column, firstRow, rows, hostOrder(memory[window + offset]!, kind));
  }
}

/** Tells the columns what decodeVarying has seen of a whole table. */
export function noteVarying(
  engine: Engine,
  kernels: Kernels,
  { words }: Plan,
  columns: Columns,
  rows: number,
): void {
  const { words: memory } = engine;
  const first = kernels.seenAddress() / WORD_BYTES;
  const bits = first + kernels.PLAN_WORDS;
  for (const { column, kind, place } of words) {
    const varying = hostOrder(memory[bits + place]!, kind);
    columns.noteVarying(column, rows, hostOrder(memory[first + place]!, kind), varying);
  }
}

/** A word of a row as its column has it. */
function hostOrder(word: number, kind: number): number {
  if (kind === NUMBER) return word;
  if (kind === PORT) return ((word & 0xff) << 8) | ((word >>> 8) & 0xff);
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
