/** Runs one task at a time; of those that are asked for meanwhile, only the last one runs. */
export class Latest {
  #isRunning = false;
  #next: (() => Promise<void>) | undefined;

  async run(task: () => Promise<void>): Promise<void> {
    if (this.#isRunning) {
      this.#next = task;
      return;
    }
    this.#isRunning = true;
    try {
      await task();
    } finally {
      this.#isRunning = false;
    }
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) await this.run(next);
  }
}
