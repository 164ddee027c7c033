/** What the library must reach (the table), and whether it did. Everything here is a ratio within one run. */

import { BARE_NODE } from './comparisons/cli.js';
import { ORDERED_KINDS } from './comparisons/sortKeys.js';
import type { Work } from './comparison.js';
import type { Result } from './measure.js';
import { ADVERSARIAL_INPUTS } from './tables/adversarial.js';
import { BASIC_KINDS, isBasicKind } from './tables/kinds.js';

export interface Floor {
  readonly work: Work;
  readonly rows: number;
  readonly kinds: readonly string[];
  /** Who is measured against: the fastest of these. */
  readonly peers: readonly string[];
  /** `ratio`: the peer's time over ours, at least. `inverse`: ours over the peer's, at most. `difference`: ms, at most. */
  readonly unit: 'ratio' | 'inverse' | 'difference';
  readonly value: number;
}

export interface FloorResult {
  readonly work: Work;
  readonly kind: string;
  readonly rows: number;
  readonly peer: string;
  readonly unit: Floor['unit'];
  readonly measured: number;
  readonly floor: number;
  readonly met: boolean;
}

const MILLION = 1_000_000;
const RADIX = ['native radix, 8 bits', 'native radix, 11 bits'];
const WASM_RADIX = ['WASM radix, 8 bits', 'WASM radix, 11 bits'];
const SORTED_KINDS = BASIC_KINDS.map((kind) => `sorted-${kind}`);

export const FLOORS: readonly Floor[] = [
  atLeast(20, 'order', ['typical JS']),
  atLeast(2.7, 'order', ['native std::sort']),
  atLeast(0.95, 'order', RADIX),
  { ...atLeast(3.5, 'decode', ['memcpy']), unit: 'inverse' },
  { ...atLeast(10, 'order', ['typical JS']), kinds: SORTED_KINDS },
  atLeast(20, 'select', ['filter on objects']),
  atLeast(300, 'diff-ordered', ['Map of string keys']),
  atLeast(60, 'diff-raw', ['Map of string keys']),
  atLeast(8, 'count-pid', ['Map']),
  atLeast(6, 'count-remote24', ['Map']),
  atLeast(6, 'count-remote24-top100', ['Map']),
  atLeast(80, 'csv', ['map and join']),
  atLeast(9, 'csv', ['buffer filled by hand']),
  atLeast(80, 'csv-pieces', ['map and join']),
  atLeast(9, 'csv-pieces', ['buffer filled by hand']),
  { ...atLeast(6, 'small', ['typical JS']), rows: 300 },
  { ...atLeast(3, 'order', ['native std::sort']), rows: 10 * MILLION, kinds: ['busy', 'random'] },
  { ...atLeast(2, 'order', ['native std::sort']), rows: 10 * MILLION, kinds: ['client'] },
  ...[100_000, MILLION].flatMap((rows) => [
    noSlower('sort-only', rows, [...BASIC_KINDS, ...ADVERSARIAL_INPUTS], WASM_RADIX),
    noSlower('sort-keys', rows, ORDERED_KINDS, WASM_RADIX),
    noSlower('sort-wide', rows, [...BASIC_KINDS, ...ADVERSARIAL_INPUTS], ['WASM radix of wide keys']),
  ]),
  { work: 'cli', rows: 300, kinds: ['client'], peers: [BARE_NODE], unit: 'difference', value: 35 },
];

/** On a million rows of each kind. */
function atLeast(value: number, work: Work, peers: readonly string[]): Floor {
  return { work, rows: MILLION, kinds: BASIC_KINDS, peers, unit: 'ratio', value };
}

/** Whatever the input, at most 1.2 times as long as a plain radix sort. */
function noSlower(work: Work, rows: number, kinds: readonly string[], peers: readonly string[]): Floor {
  return { work, rows, kinds, peers, unit: 'inverse', value: 1.2 };
}

/** Typical JavaScript must be neither a strawman nor something that nobody writes: this many times native std::sort. */
export const TYPICAL_JS_OVER_STD_SORT = { rows: MILLION, lowest: 6, highest: 12 };

/** The floors of what was measured. */
export function evaluateFloors(results: readonly Result[]): FloorResult[] {
  return FLOORS.flatMap((floor) =>
    results
      .filter(
        ({ work, rows, kind }) => work === floor.work && rows === floor.rows && floor.kinds.includes(kind),
      )
      .map((result) => evaluate(floor, result)),
  );
}

function evaluate({ peers, unit, value }: Floor, result: Result): FloorResult {
  const { work, kind, rows } = result;
  const [ratio] = result.ratios
    .filter(({ name }) => peers.includes(name))
    .toSorted((a, b) => a.median - b.median);
  if (ratio === undefined) throw new Error(`${work}: none of ${peers.join(', ')} was measured`);
  const measured = {
    ratio: () => ratio.median,
    inverse: () => 1 / ratio.median,
    difference: () => result.contestants[0]!.median - medianOf(result, ratio.name),
  }[unit]();
  const met = unit === 'ratio' ? measured >= value : measured <= value;
  return { work, kind, rows, peer: ratio.name, unit, measured, floor: value, met };
}

export interface TypicalJsCheck {
  readonly kind: string;
  readonly ratio: number;
  readonly withinLimits: boolean;
}

/** How typical JavaScript compares with native std::sort on each of the kinds that floors are about. */
export function checkTypicalJs(results: readonly Result[]): TypicalJsCheck[] {
  const { rows: wanted, lowest, highest } = TYPICAL_JS_OVER_STD_SORT;
  return results
    .filter(({ work, rows, kind }) => work === 'order' && rows === wanted && isBasicKind(kind))
    .map((result) => {
      const ratio = medianOf(result, 'typical JS') / medianOf(result, 'native std::sort');
      return { kind: result.kind, ratio, withinLimits: ratio >= lowest && ratio <= highest };
    });
}

function medianOf({ contestants }: Result, name: string): number {
  return contestants.find((contestant) => contestant.name === name)!.median;
}
