import type { Unit } from './runUnit.js';

/** Units of work for several who do them, each of which takes the next one; while there is none, and may be more, they wait. */
export class UnitQueue {
  readonly #units: Unit[] = [];
  readonly #waiting: ((unit: Unit | undefined) => void)[] = [];
  #isEnded = false;
  #count = 0;

  /** How many units there have been. */
  get count(): number {
    return this.#count;
  }

  push(units: Iterable<Unit>): void {
    for (const unit of units) {
      this.#count++;
      const wake = this.#waiting.shift();
      if (wake === undefined) this.#units.push(unit);
      else wake(unit);
    }
  }

  /** There will be no more. */
  end(): void {
    this.#isEnded = true;
    for (const wake of this.#waiting.splice(0)) wake(undefined);
  }

  /** Undefined when there are no more. */
  async next(): Promise<Unit | undefined> {
    const unit = this.#units.shift();
    if (unit !== undefined || this.#isEnded) return unit;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
