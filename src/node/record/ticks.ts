import type { Tick } from '../../core/index.js';
import { monotonicMicroseconds } from '../capture/monotonicClock.js';

export interface TickOptions {
  readonly intervalMicroseconds: number;
  /** So many ticks, missed ones not counted; no end without it. */
  readonly count?: number;
  /** No tick is due after so long. */
  readonly durationMicroseconds?: number;
  /** Ends the ticks at once. */
  readonly signal: AbortSignal;
}

/**
 * Moments at a steady interval from now on: each is due at a multiple of it after the start, however long the work between
 * takes. Where that takes so long that a whole tick has passed, the tick is missed, and its number left out.
 */
export async function* ticks(options: TickOptions): AsyncGenerator<Tick> {
  const { intervalMicroseconds, count = Infinity, durationMicroseconds = Infinity, signal } = options;
  const start = monotonicMicroseconds();
  let number = 0;
  for (let done = 0; done < count; done++) {
    const due = number * intervalMicroseconds;
    if (due > durationMicroseconds) return;
    await sleepUntil(start + due, signal);
    if (signal.aborted) return;
    yield { number, intervalMicroseconds, lateMicroseconds: monotonicMicroseconds() - start - due };
    const passed = Math.floor((monotonicMicroseconds() - start) / intervalMicroseconds);
    number = Math.max(number + 1, passed);
  }
}

/** Resolves at a moment of the monotonic clock, never before it, or when the signal comes. */
async function sleepUntil(moment: number, signal: AbortSignal): Promise<void> {
  for (let left = moment - monotonicMicroseconds(); left > 0; left = moment - monotonicMicroseconds()) {
    if (signal.aborted) return;
    // Timers take whole milliseconds, up to 2^31−1, and can be early by a part of one.
    await sleep(Math.min(Math.ceil(left / 1000), 2 ** 31 - 1), signal);
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}
