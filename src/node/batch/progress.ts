/** Counters in memory that threads share: how far all units are, and whether they are to stop. */
export class Progress {
  readonly buffer: SharedArrayBuffer;
  readonly #counters: BigInt64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(COUNTERS.length * 8)) {
    this.buffer = buffer;
    this.#counters = new BigInt64Array(buffer);
  }

  add(counter: Counter, count: number): void {
    Atomics.add(this.#counters, COUNTERS.indexOf(counter), BigInt(count));
  }

  get(counter: Counter): number {
    return Number(Atomics.load(this.#counters, COUNTERS.indexOf(counter)));
  }

  stop(): void {
    this.add('stop', 1);
  }

  get isStopped(): boolean {
    return this.get('stop') > 0;
  }
}

const COUNTERS = ['stop', 'files', 'bytes', 'snapshots', 'rows', 'failures'] as const;
export type Counter = (typeof COUNTERS)[number];
