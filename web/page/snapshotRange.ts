/** A part of a recording: the numbers of its first and its last snapshot. */
export interface SnapshotRange {
  readonly first: number;
  readonly last: number;
}

/** `12-80`. What is not understood is no range. */
export function parseRange(text: string): SnapshotRange | undefined {
  const [, from, to] = /^(\d{1,9})-(\d{1,9})$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  return first < last ? { first, last } : undefined;
}

export function formatRange({ first, last }: SnapshotRange): string {
  return `${first}-${last}`;
}

/** The part of a range that a recording of so many snapshots has; undefined where that is all of it, or nothing. */
export function clampRange(range: SnapshotRange | undefined, count: number): SnapshotRange | undefined {
  if (range === undefined) return undefined;
  const first = Math.max(0, range.first);
  const last = Math.min(count - 1, range.last);
  return first >= last || (first === 0 && last === count - 1) ? undefined : { first, last };
}
