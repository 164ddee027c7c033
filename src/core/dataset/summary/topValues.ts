/** The values with the highest counts, of any number of values, in the memory of a few. */
export class TopValues<Value> {
  readonly #limit: number;
  /** The highest count first; of equal ones, the one that came first. */
  readonly #kept: { value: Value; count: number }[] = [];
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many values came. */
  get total(): number {
    return this.#total;
  }

  get values(): readonly { readonly value: Value; readonly count: number }[] {
    return this.#kept;
  }

  /** Each value comes once. */
  add(value: Value, count: number): void {
    this.#total++;
    const kept = this.#kept;
    if (kept.length === this.#limit && kept.at(-1)!.count >= count) return;
    let at = kept.length;
    while (at > 0 && kept[at - 1]!.count < count) at--;
    kept.splice(at, 0, { value, count });
    if (kept.length > this.#limit) kept.pop();
  }
}
