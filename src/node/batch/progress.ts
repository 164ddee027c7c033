/**
 * Counters in memory that threads share: how far all units are, and whether they are to stop. What a thread adds is kept by it until it shares that,
 * since few look, and seldom.
 */
export class Progress {
  readonly buffer: SharedArrayBuffer;
  readonly #counters: BigInt64Array;
  readonly #isStopped: Int32Array;
  /** What this thread has added since it last shared. */
  readonly #own: Record<Counter, number> = { files: 0, bytes: 0, snapshots: 0, rows: 0, failures: 0 };

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer((COUNTERS.length + 1) * 8)) {
    this.buffer = buffer;
    this.#counters = new BigInt64Array(buffer, 0, COUNTERS.length);
    this.#isStopped = new Int32Array(buffer, COUNTERS.length * 8, 1);
  }

  add(counter: Counter, count: number): void {
    this.#own[counter] += count;
  }

  /** Adds what this thread has counted to what all have. */
  share(): void {
    for (const [place, counter] of COUNTERS.entries()) {
      Atomics.add(this.#counters, place, BigInt(this.#own[counter]));
      this.#own[counter] = 0;
    }
  }

  /** As far as threads have shared it. */
  get(counter: Counter): number {
    return Number(Atomics.load(this.#counters, COUNTERS.indexOf(counter)));
  }

  stop(): void {
    Atomics.store(this.#isStopped, 0, 1);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#isStopped, 0) !== 0;
  }
}

const COUNTERS = ['files', 'bytes', 'snapshots', 'rows', 'failures'] as const;
export type Counter = (typeof COUNTERS)[number];
