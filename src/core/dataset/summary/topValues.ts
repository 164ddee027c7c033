/** The values with the highest counts, of any number of values, in the memory of a few. */
export class TopValues<Value> {
  readonly #limit: number;
  readonly #textOf: (value: Value) => string;
  readonly #kept: { value: Value; count: number }[] = [];
  #total = 0;

  /** @param textOf of equal counts, the one with the lesser text comes first; in whichever order they come */
  constructor(limit: number, textOf: (value: Value) => string = JSON.stringify) {
    this.#limit = limit;
    this.#textOf = textOf;
  }

  /** How many values came. */
  get total(): number {
    return this.#total;
  }

  /** The highest count first. */
  get values(): readonly { readonly value: Value; readonly count: number }[] {
    return this.#kept;
  }

  /** What a value's count must be for it to be among them, perhaps. Others need not be made: `pass` counts them. */
  get leastCount(): number {
    return this.#kept.length < this.#limit ? 0 : this.#kept.at(-1)!.count;
  }

  /** So many values come, and are not kept. */
  pass(values: number): void {
    this.#total += values;
  }

  /** Each value comes once. */
  add(value: Value, count: number): void {
    this.#total++;
    const kept = this.#kept;
    if (kept.length === this.#limit && !this.#isBefore(value, count, kept.at(-1)!)) return;
    let at = kept.length;
    while (at > 0 && this.#isBefore(value, count, kept[at - 1]!)) at--;
    kept.splice(at, 0, { value, count });
    if (kept.length > this.#limit) kept.pop();
  }

  /** Texts are made where counts are equal, and not of every value. */
  #isBefore(value: Value, count: number, other: { readonly value: Value; readonly count: number }): boolean {
    if (count !== other.count) return count > other.count;
    return this.#textOf(value) < this.#textOf(other.value);
  }
}
