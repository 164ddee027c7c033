import { unitId, type DatasetOptions, type FinishedInput } from './outputFolder.js';
import type { Unit } from './runUnit.js';

/** A unit has so many inputs, where there are as many. */
export const LEAST_UNIT_INPUTS = 16;
/** A unit has at most so many inputs and, but for a larger one alone, so many bytes. */
const UNIT_INPUTS = 2048;
const UNIT_BYTES = 64 << 20;
/** So many units for each who does them, where there are inputs enough, so that little is lost by a stop. */
const UNITS_PER_JOB = 4;
/** Where several do units, the last ones have this part of what others have at least, so that all end at about the same time. */
const LAST_PART = 4;

/** Makes units of inputs while they are found: small inputs together, so that what every unit costs counts little. */
export class UnitMaker {
  readonly #options: DatasetOptions;
  readonly #jobs: number;
  /** Inputs that are in no unit yet, behind some that are. */
  #waiting: FinishedInput[] = [];
  #first = 0;
  /** Inputs that came. */
  #count = 0;

  constructor(options: DatasetOptions, jobs: number) {
    this.#options = options;
    this.#jobs = jobs;
  }

  add(inputs: readonly FinishedInput[]): void {
    if (this.#first > 0) this.#waiting.splice(0, this.#first);
    this.#first = 0;
    for (const input of inputs) this.#waiting.push(input);
    this.#count += inputs.length;
  }

  /** Units that can be begun with while inputs are still looked for: what is left is enough for all to end at about the same time. */
  *early(): Generator<Unit> {
    while (this.#left >= 2 * UNIT_INPUTS) yield this.#take(this.#most);
  }

  /** Units of all that is left. */
  *last(): Generator<Unit> {
    while (this.#left > 0) {
      const least = Math.max(LEAST_UNIT_INPUTS, Math.ceil(this.#most / LAST_PART));
      const share = Math.ceil(this.#left / (2 * this.#jobs));
      yield this.#take(this.#jobs === 1 ? this.#most : Math.min(this.#most, Math.max(least, share)));
    }
  }

  get #left(): number {
    return this.#waiting.length - this.#first;
  }

  get #most(): number {
    const share = Math.ceil(this.#count / (this.#jobs * UNITS_PER_JOB));
    return Math.max(LEAST_UNIT_INPUTS, Math.min(UNIT_INPUTS, share));
  }

  #take(most: number): Unit {
    const stop = Math.min(this.#first + most, this.#waiting.length);
    let end = this.#first;
    for (let bytes = 0; end < stop; end++) {
      bytes += this.#waiting[end]!.size;
      if (bytes > UNIT_BYTES && end > this.#first) break;
    }
    const inputs = this.#waiting.slice(this.#first, end);
    this.#first = end;
    return { id: unitId(inputs, this.#options), inputs };
  }
}
