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

  /** Whether a value with this count may be among them. Where not, it need not be made: `pass` counts it. */
  canKeep(count: number): boolean {
    return this.#kept.length < this.#limit || count >= this.#kept.at(-1)!.count;
  }

  /** A value that comes, and is not kept. */
  pass(): void {
    this.#total++;
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
