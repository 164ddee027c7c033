const FIRST_LENGTH = 256;

/** A column of u32 that values are added to. */
export class GrowingColumn {
  #values = new Uint32Array(FIRST_LENGTH);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The values in memory that is larger: valid until one is added. */
  get values(): Uint32Array<ArrayBuffer> {
    return this.#values;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#grow(this.#length + 1);
    this.#values[this.#length++] = value;
  }

  /** Adds `count` values of another array. */
  append(from: Uint32Array, start: number, count: number): void {
    const length = this.#length + count;
    if (length > this.#values.length) this.#grow(length);
    for (let i = 0; i < count; i++) this.#values[this.#length + i] = from[start + i]!;
    this.#length = length;
  }

  /** A copy that is as long as it has values. */
  toArray(): Uint32Array<ArrayBuffer> {
    return this.#values.slice(0, this.#length);
  }

  #grow(needed: number): void {
    const values = new Uint32Array(Math.max(needed, this.#values.length * 2));
    values.set(this.#values);
    this.#values = values;
  }
}
