import { GrowingColumn } from './growing.js';

/** Lists of pairs, one list for each of many things, side by side: those of thing i stand from `starts[i]` up to `starts[i + 1]`. */
export interface Grouped {
  readonly starts: Uint32Array;
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

/** Pairs of numbers as they come, each for one of many things. */
export class EventLog {
  readonly #things = new GrowingColumn();
  readonly #first = new GrowingColumn();
  readonly #second = new GrowingColumn();

  /** Returns the number of this pair. */
  add(thing: number, first: number, second: number): number {
    this.#things.push(thing);
    this.#first.push(first);
    this.#second.push(second);
    return this.#things.length - 1;
  }

  setSecond(pair: number, value: number): void {
    this.#second.values[pair] = value;
  }

  secondOf(pair: number): number {
    return this.#second.values[pair]!;
  }

  /** The pairs by things, those of each in the order in which they came. */
  group(things: number): Grouped {
    const { length } = this.#things;
    const of = this.#things.values;
    const starts = new Uint32Array(things + 1);
    for (let i = 0; i < length; i++) starts[of[i]! + 1]!++;
    for (let thing = 0; thing < things; thing++) starts[thing + 1]! += starts[thing]!;
    const next = starts.slice();
    const first = new Uint32Array(length);
    const second = new Uint32Array(length);
    for (let i = 0; i < length; i++) {
      const at = next[of[i]!]!++;
      first[at] = this.#first.values[i]!;
      second[at] = this.#second.values[i]!;
    }
    return { starts, first, second };
  }
}
