import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ticks, type TickOptions } from '../../dist/node/record/ticks.js';
import type { Tick } from '../../dist/core/index.js';

const MILLISECOND = 1000;

/** The ticks, with work of some milliseconds in each, and how long after the first each came. */
async function run(
  options: Partial<TickOptions>,
  work: (tick: Tick) => number = () => 0,
): Promise<{ tick: Tick; after: number }[]> {
  const { signal } = new AbortController();
  const seen: { tick: Tick; after: number }[] = [];
  const start = performance.now();
  for await (const tick of ticks({ intervalMicroseconds: 20 * MILLISECOND, signal, ...options })) {
    seen.push({ tick, after: performance.now() - start });
    await pause(work(tick));
  }
  return seen;
}

const numbers = (seen: readonly { tick: Tick }[]): number[] => seen.map(({ tick }) => tick.number);

describe('ticks', () => {
  test('are due at multiples of the interval, however long the work between takes', async () => {
    const seen = await run({ count: 20 }, ({ number }) => (number * 7) % 18);
    expect(seen).toHaveLength(20);
    for (const { tick, after } of seen) {
      const due = tick.number * 20;
      // Never early; and what they say of how late they are is right.
      expect(after).toBeGreaterThan(due - 1);
      expect(Math.abs(after - due - tick.lateMicroseconds / MILLISECOND)).toBeLessThan(15);
      expect(tick.intervalMicroseconds).toBe(20_000);
    }
  });

  test('that come too late are missed, and their numbers left out', async () => {
    const seen = await run({ count: 4 }, ({ number }) => (number === 1 ? 90 : 0));
    const [zero, one, late, next] = seen.map(({ tick }) => tick);
    expect([zero!.number, one!.number]).toEqual([0, 1]);
    // After 20 + 90 ms, ticks 2, 3 and 4 have passed: number 5 comes at once, and says how late it is.
    expect(late!.number).toBeGreaterThanOrEqual(5);
    expect(late!.lateMicroseconds).toBeGreaterThan(0);
    expect(next!.number).toBeGreaterThan(late!.number);
    expect(next!.lateMicroseconds).toBeLessThan(20 * MILLISECOND + late!.lateMicroseconds);
  });

  test('one that is only a little late is not missed', async () => {
    const seen = await run({ count: 4, intervalMicroseconds: 100 * MILLISECOND }, ({ number }) =>
      number === 1 ? 130 : 0,
    );
    expect(numbers(seen)).toEqual([0, 1, 2, 3]);
    expect(seen[2]!.tick.lateMicroseconds).toBeGreaterThan(25 * MILLISECOND);
    expect(seen[3]!.tick.lateMicroseconds).toBeLessThan(seen[2]!.tick.lateMicroseconds);
  });

  test('end after the duration', async () => {
    expect(numbers(await run({ durationMicroseconds: 65 * MILLISECOND }))).toEqual([0, 1, 2, 3]);
  });

  test('end at once when they are told to, during a long wait too', async () => {
    const controller = new AbortController();
    const start = performance.now();
    setTimeout(() => controller.abort(), 50);
    const seen = await run({ intervalMicroseconds: 3_600_000 * MILLISECOND, signal: controller.signal });
    expect(numbers(seen)).toEqual([0]);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
