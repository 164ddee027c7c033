import type { Engine } from '../engine/engine.js';

/**
 * Columns made of other columns when they are first needed, and kept as long as their table: addresses as numbers, and what else takes
 * more than reading it.
 */
export class DerivedColumns {
  readonly #engine: Engine;
  /** What was made, and its block. */
  #made: Map<string, { block: number | undefined; made: unknown }> | undefined;
  /** What somebody would have used, had it been there. */
  #missed: Set<string> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** What `make` returns, from the first call with this name on. It gets a block of `byteLength` bytes, which stays unless that is undefined. */
  get<Made>(name: string, byteLength: number, make: (block: number) => Made): Made {
    this.#made ??= new Map();
    let known = this.#made.get(name);
    if (known === undefined) {
      const block = this.#engine.allocate(byteLength);
      try {
        const made = make(block);
        if (made === undefined) this.#engine.release(block);
        known = { block: made === undefined ? undefined : block, made };
      } catch (error) {
        this.#engine.release(block);
        throw error;
      }
      this.#made.set(name, known);
    }
    return known.made as Made;
  }

  /** Whether this is worth making: true from the second time on that it is asked. What is used once is not. */
  isWorthMaking(name: string): boolean {
    if (this.#made?.has(name) || this.#missed?.has(name)) return true;
    this.#missed ??= new Set();
    this.#missed.add(name);
    return false;
  }

  release(): void {
    for (const { block } of this.#made?.values() ?? []) {
      if (block !== undefined) this.#engine.release(block);
    }
    this.#made = undefined;
  }
}
