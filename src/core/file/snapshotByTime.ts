import { SnapshotError } from '../errors.js';
import type { CaptureTime, Snapshot } from '../snapshot.js';

/** What can be looked through by time: an open SnapshotFile. */
export interface TimedSnapshots {
  readonly count: number;
  at(number: number): Promise<Snapshot>;
  /** When a snapshot was taken, where that can be told without reading it. */
  knownTime(number: number): number | undefined;
}

/** By how much a wall clock may go back against the monotonic one without having been set: both are read one after the other. */
const CLOCK_TOLERANCE_MICROSECONDS = 100_000;

/**
 * The number of the last snapshot that was taken by a moment; undefined where none was. Of a recording that was closed, its index
 * tells the times. Otherwise only as many snapshots are read as a search by halves takes, unless the clock was set back meanwhile: then all
 * later ones. Snapshots that cannot be read, or do not tell their time, are passed over.
 *
 * @throws SnapshotError where no snapshot can be read
 */
export async function findSnapshotByTime(
  file: TimedSnapshots,
  utcMicroseconds: number,
): Promise<number | undefined> {
  const numbers = Array.from({ length: file.count }, (_, number) => number);
  const known = numbers.map((number) => file.knownTime(number));
  if (known.every((time) => time !== undefined)) {
    const found = known.findLastIndex((time) => time <= utcMicroseconds);
    return found === -1 ? undefined : found;
  }
  const times = new Times(file);
  const found = await searchByHalves(times, utcMicroseconds);
  return times.areAscending() ? found : searchBackwards(times, utcMicroseconds);
}

/** The times of snapshots, each read once. */
class Times {
  readonly count: number;
  readonly #file: TimedSnapshots;
  readonly #read = new Map<number, CaptureTime | undefined>();
  #isAnyReadable = false;
  #failure: SnapshotError | undefined;

  constructor(file: TimedSnapshots) {
    this.#file = file;
    this.count = file.count;
  }

  async at(number: number): Promise<CaptureTime | undefined> {
    if (this.#read.has(number)) return this.#read.get(number);
    const time = await this.#readTime(number);
    this.#read.set(number, time);
    return time;
  }

  /** The first of these snapshots that tells its time. @throws SnapshotError where no snapshot of the file can be read */
  async firstOf(numbers: Iterable<number>): Promise<number | undefined> {
    for (const number of numbers) if ((await this.at(number)) !== undefined) return number;
    if (!this.#isAnyReadable && this.#failure !== undefined) throw this.#failure;
    return undefined;
  }

  /** Whether, as far as was read, later snapshots have later times, and nobody has set the clock back. */
  areAscending(): boolean {
    const times = [...this.#read].sort(([a], [b]) => a - b).flatMap(([, time]) => time ?? []);
    return times.every((time, i) => {
      const before = times[i - 1];
      if (before === undefined) return true;
      const wall = time.utcMicroseconds - before.utcMicroseconds;
      const monotonic = time.monotonicMicroseconds - before.monotonicMicroseconds;
      return wall >= 0 && wall >= monotonic - CLOCK_TOLERANCE_MICROSECONDS;
    });
  }

  async #readTime(number: number): Promise<CaptureTime | undefined> {
    try {
      const { time } = await this.#file.at(number);
      this.#isAnyReadable = true;
      return time;
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.#failure ??= error;
      return undefined;
    }
  }
}

/** Right where later snapshots have later times. */
async function searchByHalves(times: Times, moment: number): Promise<number | undefined> {
  const isBy = async (number: number): Promise<boolean> =>
    (await times.at(number))!.utcMicroseconds <= moment;
  const last = await times.firstOf(downFrom(times.count - 1, 0));
  if (last === undefined || (await isBy(last))) return last;
  const first = await times.firstOf(upFrom(0, last));
  if (first === undefined || !(await isBy(first))) return undefined;
  let [by, after] = [first, last];
  for (;;) {
    const middle = (by + after) >> 1;
    const between: number | undefined =
      (await times.firstOf(downFrom(middle, by + 1))) ?? (await times.firstOf(upFrom(middle + 1, after)));
    if (between === undefined) return by;
    if (await isBy(between)) by = between;
    else after = between;
  }
}

async function searchBackwards(times: Times, moment: number): Promise<number | undefined> {
  for (const number of downFrom(times.count - 1, 0)) {
    const time = await times.at(number);
    if (time !== undefined && time.utcMicroseconds <= moment) return number;
  }
  return undefined;
}

function* downFrom(number: number, last: number): Generator<number> {
  for (; number >= last; number--) yield number;
}

function* upFrom(number: number, end: number): Generator<number> {
  for (; number < end; number++) yield number;
}
