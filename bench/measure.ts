import { setTimeout } from 'node:timers/promises';
import type { Comparison, Contestant, Task } from './comparison.js';

/** How often each contestant runs. */
export interface Rounds {
  readonly all: number;
  /** Of these, how many the slow ones take part in. */
  readonly slow: number;
}

export interface Spread {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

export interface Measured extends Spread {
  readonly name: string;
  readonly rounds: number;
}

export interface Result extends Task {
  readonly tables: number;
  /** Milliseconds a run, the library first. */
  readonly contestants: readonly Measured[];
  /** For each peer: its time over the library's in the same round. */
  readonly ratios: readonly Measured[];
}

/**
 * Runs all contestants of a round one after the other, and then the next round, so that what the machine does meanwhile
 * happens to all of them, and only when what the one before has left behind is collected. Ratios are taken within a round.
 */
export async function measure(
  task: Task,
  { tables, contestants }: Comparison,
  rounds: Rounds,
): Promise<Result> {
  // Of the slow ones on large tables, the check was enough.
  const needWarmUp = contestants.filter(({ slow = false }) => !slow || task.rows * tables < 1_000_000);
  for (const contestant of needWarmUp) warmUp(contestant);
  const times = contestants.map((): number[] => []);
  for (let round = 0; round < rounds.all; round++) {
    for (const [i, contestant] of contestants.entries()) {
      if (contestant.slow && round >= rounds.slow) continue;
      const elapsed = time(contestant);
      times[i]!.push(elapsed);
      await settle(elapsed);
    }
  }
  const [ours = []] = times;
  const measured = contestants.map(({ name }, i) => ({
    name,
    rounds: times[i]!.length,
    ...spread(times[i]!),
  }));
  const ratios = measured.slice(1).map(({ name, rounds: count }, i) => {
    return { name, rounds: count, ...spread(times[i + 1]!.map((peer, round) => peer / ours[round]!)) };
  });
  return { ...task, tables, contestants: measured, ratios };
}

/** WebAssembly and JavaScript are compiled for speed, in the background, once they have run for a while. */
const WARM_UP_MS = 300;

function warmUp(contestant: Contestant): void {
  for (let elapsed = 0; elapsed < WARM_UP_MS;) elapsed += time(contestant);
}

const SETTLING_STEPS = 5;
const MOST_SETTLING_MS = 100;

/**
 * Waits for V8 to collect what a run has left behind. It begins when next it is asked for memory that is not in its heap, and ends as
 * tasks of the event loop: without this, all of it is done in the next contestant's time, which for a buffer of 128 MB is
 * four times as long as the library takes for the same bytes. Long runs leave much.
 */
async function settle(elapsed: number): Promise<void> {
  for (let step = 0; step < SETTLING_STEPS; step++) {
    const asked = new ArrayBuffer(1);
    await setTimeout(Math.min(elapsed, MOST_SETTLING_MS) / SETTLING_STEPS, asked);
  }
}

/**
 * Milliseconds. Garbage is collected when V8 thinks fit: collecting it by force between two runs shrinks the young
 * generation, and whoever makes many small objects next takes three times as long.
 */
function time({ run }: Contestant): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
  };
}

/** Between two values, in proportion. */
function quantile(sorted: readonly number[], fraction: number): number {
  const place = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}
