/** Counts in a Map, over a typed column. The most frequent first; of equally frequent values the lowest first. */

export interface MapCount {
  readonly value: number | string;
  readonly count: number;
}

export function countPids(pid: Uint32Array): MapCount[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < pid.length; i++) {
    const value = pid[i]!;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return mostFrequent(counts).map(([value, count]) => ({ value, count }));
}

export function countNetworks(remote: Uint32Array, limit?: number): MapCount[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < remote.length; i++) {
    const value = remote[i]! >>> 8;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return mostFrequent(counts, limit).map(([value, count]) => ({
    value: `${value >>> 16}.${(value >>> 8) & 255}.${value & 255}.0/24`,
    count,
  }));
}

/** Sorts count and value as one number, which needs no comparator. Exact for counts below 2²¹. */
const MOST = 2 ** 21;
const VALUES = 2 ** 32;

function mostFrequent(counts: ReadonlyMap<number, number>, limit = counts.size): [number, number][] {
  const least = limit < counts.size ? leastShown(counts, limit) : 1;
  const keys: number[] = [];
  for (const [value, count] of counts) {
    if (count >= least) keys.push((MOST - count) * VALUES + value);
  }
  const sorted = Float64Array.from(keys).sort().subarray(0, limit);
  return Array.from(sorted, (key) => [key % VALUES, MOST - Math.floor(key / VALUES)]);
}

/** The count that the last of the `limit` most frequent values has. */
function leastShown(counts: ReadonlyMap<number, number>, limit: number): number {
  const having: number[] = [];
  for (const count of counts.values()) having[count] = (having[count] ?? 0) + 1;
  let shown = 0;
  let count = having.length;
  while (count > 1 && shown < limit) shown += having[--count] ?? 0;
  return count;
}
