import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findSnapshotByTime, SnapshotError, type CaptureTime, type TimedSnapshots } from 'tcpscope/core';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';

/** Snapshots with these times; null cannot be read, undefined does not tell. */
function fileOf(times: readonly (CaptureTime | null | undefined)[], isClosed = false) {
  const read: number[] = [];
  const file: TimedSnapshots = {
    count: times.length,
    at: async (number) => {
      read.push(number);
      const time = times[number];
      if (time === null) throw new SnapshotError('damaged', `snapshot ${number} is damaged`);
      const { time: _time, ...rest } = EXAMPLE_SNAPSHOT;
      return { ...rest, ...(time && { time }) };
    },
    knownTime: (number) => (isClosed ? (times[number]?.utcMicroseconds ?? undefined) : undefined),
  };
  return { file, read };
}

const at = (utcMicroseconds: number, monotonicMicroseconds = utcMicroseconds): CaptureTime => ({
  utcMicroseconds,
  monotonicMicroseconds,
});

/** The last one that was taken by then, looked for from the end. */
function slow(times: readonly (CaptureTime | null | undefined)[], moment: number): number | undefined {
  const found = times.findLastIndex((time) => time && time.utcMicroseconds <= moment);
  return found === -1 ? undefined : found;
}

test('reads as many snapshots as halving takes', async () => {
  const times = Array.from({ length: 10_000 }, (_, i) => at(i * 1_000_000));
  for (const moment of [0, 5, 4_999_999_999, 5_000_000_000, 9_998_999_999, 9_999_000_000, 1e12]) {
    const { file, read } = fileOf(times);
    expect(await findSnapshotByTime(file, moment)).toBe(slow(times, moment));
    expect(read.length).toBeLessThanOrEqual(16);
  }
  const { file, read } = fileOf(times, true);
  expect(await findSnapshotByTime(file, 1_234_500_000)).toBe(1234);
  expect(read).toEqual([]);
});

const ascending = fc
  .array(fc.record({ step: fc.nat(3), kind: fc.nat(9) }), { maxLength: 60 })
  .map((ticks) => {
    let now = 10;
    return ticks.map(({ step, kind }) => {
      now += step;
      return kind === 0 ? null : kind === 1 ? undefined : at(now);
    });
  });

test('agrees with a search from the end, whatever cannot be read', async () => {
  await fc.assert(
    fc.asyncProperty(ascending, fc.nat(200), async (times, moment) => {
      fc.pre(times.some((time) => time !== null));
      expect(await findSnapshotByTime(fileOf(times).file, moment)).toBe(slow(times, moment));
    }),
    { numRuns: 1000 },
  );
});

describe('a clock that was set', () => {
  const minutes = (from: number, count: number, first: number): CaptureTime[] =>
    Array.from({ length: count }, (_, i) => at((from + i) * 60e6, (first + i) * 60e6));
  const set = [...minutes(1000, 50, 0), ...minutes(970, 50, 50)];

  test.each([960, 969, 970, 985, 999, 1000, 1015, 1019, 1030, 1049, 1100])(
    'back: minute %d',
    async (minute) => {
      for (const isClosed of [false, true]) {
        const { file } = fileOf(set, isClosed);
        expect(await findSnapshotByTime(file, minute * 60e6)).toBe(slow(set, minute * 60e6));
      }
    },
  );

  test('forward, or after a boot', async () => {
    for (const later of [minutes(2000, 50, 50), minutes(1060, 50, 1)]) {
      const times = [...minutes(1000, 50, 10), ...later];
      const { file, read } = fileOf(times);
      expect(await findSnapshotByTime(file, 1061.5 * 60e6)).toBe(slow(times, 1061.5 * 60e6));
      expect(read.length).toBeLessThan(12);
    }
  });
});

test('where nothing can be read, the error says what is wrong', async () => {
  await expect(findSnapshotByTime(fileOf([null, null]).file, 5)).rejects.toThrow('snapshot 1 is damaged');
  expect(await findSnapshotByTime(fileOf([undefined]).file, 5)).toBeUndefined();
  expect(await findSnapshotByTime(fileOf([]).file, 5)).toBeUndefined();
});
