/** Milliseconds from one snapshot to the next, and in which the longest range is over, however many snapshots it has. */
const STEP_MILLISECONDS = 200;
const LONGEST_MILLISECONDS = 30_000;

interface PlayerListener {
  /** Shows a snapshot. The next one waits for it. */
  show(number: number): Promise<unknown>;
  onChange(isPlaying: boolean): void;
}

/** Shows the snapshots of a range one after another. */
export class Player {
  readonly #listener: PlayerListener;
  /** Counts the starts and stops: what was begun before the last of them ends. */
  #run = 0;
  #isPlaying = false;

  constructor(listener: PlayerListener) {
    this.#listener = listener;
  }

  get isPlaying(): boolean {
    return this.#isPlaying;
  }

  /** Plays from a snapshot to the last one of a range; from its end, all of it. */
  async play(from: number, first: number, last: number): Promise<void> {
    const run = this.#begin(true);
    const steps = LONGEST_MILLISECONDS / STEP_MILLISECONDS;
    const stride = Math.max(1, Math.ceil((last - first) / steps));
    let number = from >= last || from < first ? first : from + stride;
    while (run === this.#run) {
      const started = performance.now();
      number = Math.min(last, number);
      await this.#listener.show(number);
      if (number === last) break;
      number += stride;
      const rest = STEP_MILLISECONDS - (performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, rest)));
    }
    if (run === this.#run) this.stop();
  }

  stop(): void {
    if (this.#isPlaying) this.#begin(false);
  }

  #begin(isPlaying: boolean): number {
    this.#isPlaying = isPlaying;
    this.#run++;
    this.#listener.onChange(isPlaying);
    return this.#run;
  }
}
