/** A count and its key. */
export type CountEntry = readonly [key: string, count: number];

/** Counts in ascending order of their keys, each key once: what is left of some inputs when they have been counted. */
export type CountRun = Iterable<CountEntry>;

/** The counts of a Map as a run. */
export function sortedRun(counts: ReadonlyMap<string, number>): CountEntry[] {
  // Texts are sorted by their UTF-16 code units, where nothing else is said, and faster than by a function.
  // oxlint-disable-next-line typescript/require-array-sort-compare
  return [...counts.keys()].sort().map((key) => [key, counts.get(key)!]);
}

/** All runs as one. Which run a count stands in, and the order of the runs, change nothing. */
export function* mergeRuns(runs: readonly CountRun[]): Generator<CountEntry> {
  const heap = new EntryHeap();
  for (const run of runs) heap.push(run[Symbol.iterator]());
  while (heap.size > 0) {
    const [key, first] = heap.least;
    let count = first;
    heap.advance();
    while (heap.size > 0 && heap.least[0] === key) {
      count += heap.least[1];
      heap.advance();
    }
    yield [key, count];
  }
}

interface Head {
  entry: CountEntry;
  readonly rest: Iterator<CountEntry>;
}

/** The next entries of several runs, the least key on top. */
class EntryHeap {
  readonly #heads: Head[] = [];

  get size(): number {
    return this.#heads.length;
  }

  get least(): CountEntry {
    return this.#heads[0]!.entry;
  }

  push(rest: Iterator<CountEntry>): void {
    const next = rest.next();
    if (next.done) return;
    this.#heads.push({ entry: next.value, rest });
    for (let at = this.#heads.length - 1; at > 0;) {
      const parent = (at - 1) >>> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Replaces the least entry by the next one of its run. */
  advance(): void {
    const [head] = this.#heads as [Head];
    const next = head.rest.next();
    if (next.done) {
      const last = this.#heads.pop()!;
      if (this.#heads.length === 0) return;
      this.#heads[0] = last;
    } else {
      head.entry = next.value;
    }
    this.#sink();
  }

  #sink(): void {
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heads.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    return this.#heads[a]!.entry[0] < this.#heads[b]!.entry[0];
  }

  #swap(a: number, b: number): void {
    [this.#heads[a], this.#heads[b]] = [this.#heads[b]!, this.#heads[a]!];
  }
}
