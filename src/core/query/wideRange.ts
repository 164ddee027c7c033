import type { Interval } from './expression.js';
import { emitAnd, type Operation } from './operations.js';

const WORD_BITS = 32n;
const ONES = 0xffffffff;

/** Values from the first to the last, both included. */
export interface WideRange {
  readonly low: bigint;
  readonly high: bigint;
}

/**
 * Adds the test that a wide value (an address of 128 bits, a time of 64) lies in a range, to a program whose columns hold 32 bits of it
 * each, the most significant first. A prefix takes a test or two, and any range of addresses at most twelve.
 */
export function emitWideRange(
  columns: readonly number[],
  { low, high }: WideRange,
  operations: Operation[],
): void {
  const lows = wordsOf(low, columns.length);
  const highs = wordsOf(high, columns.length);

  function emit(word: number, interval: Interval): void {
    operations.push({ kind: 'range', column: columns[word]!, type: 'u32', intervals: [interval] });
  }

  /** From this word on, the value is between both ends. */
  function between(word: number): void {
    const [from, to] = [lows[word]!, highs[word]!];
    const [openLow, openHigh] = [isAll(lows, word + 1, 0), isAll(highs, word + 1, ONES)];
    if (openLow && openHigh) return emit(word, [from, to]);
    if (from === to) {
      emit(word, [from, from]);
      emitAnd(operations, () => between(word + 1));
      return;
    }
    edge(word, lows, openLow, above);
    edge(word, highs, openHigh, below);
    operations.push({ kind: 'or' });
    if (to - from < 2) return;
    emit(word, [from + 1, to - 1]);
    operations.push({ kind: 'or' });
  }

  /** The word is that of one end, and the words behind it are on the right side of this end. */
  function edge(word: number, ends: readonly number[], isOpen: boolean, rest: (word: number) => void): void {
    emit(word, [ends[word]!, ends[word]!]);
    if (isOpen) return;
    emitAnd(operations, () => rest(word + 1));
  }

  /** From this word on, the value is not below the low end. */
  function above(word: number): void {
    const from = lows[word]!;
    if (isAll(lows, word + 1, 0)) return emit(word, [from, ONES]);
    edge(word, lows, false, above);
    if (from === ONES) return;
    emit(word, [from + 1, ONES]);
    operations.push({ kind: 'or' });
  }

  /** From this word on, the value is not above the high end. */
  function below(word: number): void {
    const to = highs[word]!;
    if (isAll(highs, word + 1, ONES)) return emit(word, [0, to]);
    edge(word, highs, false, below);
    if (to === 0) return;
    emit(word, [0, to - 1]);
    operations.push({ kind: 'or' });
  }

  between(0);
}

function isAll(words: readonly number[], from: number, value: number): boolean {
  return words.slice(from).every((word) => word === value);
}

function wordsOf(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, i) =>
    Number((value >> (BigInt(count - 1 - i) * WORD_BITS)) & BigInt(ONES)),
  );
}
