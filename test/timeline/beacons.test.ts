import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, timeline, type Beacon, type Decoder, type Snapshot } from 'tcpscope/core';
import { recordingOf, snapshotOf, type Socket } from '../reference/recordings.js';

let decoder: Decoder;
beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

interface Call extends Partial<Socket> {
  /** The second at which it is opened, and for how many it is there. */
  readonly at: number;
  readonly lasts?: number;
}

const call: Socket = { state: 5, local: 1, lport: 0, remote: 9, rport: 443, pid: 4 };

/** A recording of so many seconds, with these calls. Each has a local port of its own unless it says which. */
async function beaconsOf(
  seconds: number,
  calls: readonly Call[],
  unreadable: readonly number[] = [],
): Promise<readonly Beacon[]> {
  const snapshots = Array.from({ length: seconds }, (_, second): Snapshot | null => {
    if (unreadable.includes(second)) return null;
    const sockets = calls.flatMap(({ at, lasts = 1, ...socket }, i) =>
      second >= at && second < at + lasts ? [{ ...call, lport: 40_000 + i, ...socket }] : [],
    );
    return snapshotOf({ tcp2: sockets }, second, ['implant', 'chrome']);
  });
  return (await timeline(recordingOf(snapshots), decoder)).beacons;
}

const every = (period: number, count: number, first = period): number[] =>
  Array.from({ length: count }, (_, i) => first + Math.round(i * period));
const calls = (times: readonly number[], socket: Partial<Call> = {}): Call[] =>
  times.map((at) => ({ at, ...socket }));

/** Numbers from 0 up to 1 that look random. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Times with a delay each that is drawn evenly: after the period, or after as little as the rest of it. */
function jittered(period: number, jitter: number, count: number, seed = 1): number[] {
  const random = randomNumbers(seed);
  let time = period;
  return Array.from({ length: count }, () => {
    const now = Math.round(time);
    time += period * (1 - jitter * random());
    return now;
  });
}

test('a connection that comes back every minute', async () => {
  const [beacon, ...others] = await beaconsOf(700, calls(every(60, 11)));
  expect(others).toEqual([]);
  expect(beacon).toEqual({
    process: 'implant',
    remoteAddress: '0.0.0.9',
    remotePort: 443,
    connections: 11,
    starts: Uint32Array.from(every(60, 11)),
    periodMicroseconds: 60e6,
    deviationMicroseconds: 0,
    regularity: 1,
    resolutionMicroseconds: 1e6,
  });
});

test('under the same key, and several connections at a time', async () => {
  const times = every(20, 10);
  expect(await beaconsOf(230, calls(times, { lport: 5000 }))).toMatchObject([
    { connections: 10, periodMicroseconds: 20e6, regularity: 1 },
  ]);
  const pairs = [...calls(times), ...calls(times), ...calls(times.map((time) => time + 1))];
  expect(await beaconsOf(230, pairs)).toMatchObject([
    { connections: 30, starts: Uint32Array.from(times), periodMicroseconds: 20e6 },
  ]);
});

test('a period that is no whole number of snapshots', async () => {
  const [beacon] = await beaconsOf(200, calls(every(4.4, 40)));
  expect(beacon!.periodMicroseconds).toBeGreaterThanOrEqual(4e6);
  expect(beacon!.periodMicroseconds).toBeLessThanOrEqual(5e6);
});

test('opened anew before TIME_WAIT has ended', async () => {
  const times = every(30, 10);
  const sockets = times.flatMap((at): Call[] => [
    { at, lport: 5000 },
    { at: at + 1, lasts: 29, lport: 5000, state: 11, pid: 0 },
  ]);
  expect(await beaconsOf(320, sockets)).toMatchObject([
    { process: 'implant', starts: Uint32Array.from(times), periodMicroseconds: 30e6 },
  ]);
});

test('a missed beat, a late one, and one in a snapshot that cannot be read', async () => {
  const times = every(30, 20).filter((_, i) => i !== 7);
  times[12]! += 9;
  expect(await beaconsOf(650, calls(times), [330])).toMatchObject([
    { periodMicroseconds: 30e6, deviationMicroseconds: 0 },
  ]);
});

describe('jitter', () => {
  test.each([0.1, 0.2, 0.3])('of %d of the period is seen through', async (jitter) => {
    const [beacon] = await beaconsOf(1500, calls(jittered(60, jitter, 24)));
    expect(beacon!.periodMicroseconds / 60e6).toBeGreaterThan(1 - jitter);
    expect(beacon!.regularity).toBeGreaterThan(0.85);
    expect(beacon!.regularity).toBeLessThan(1);
  });

  test('of 90% is not', async () => {
    expect(await beaconsOf(1500, calls(jittered(60, 0.9, 24)))).toEqual([]);
  });
});

describe('near misses', () => {
  test('seven starts are too few, eight are enough', async () => {
    expect(await beaconsOf(500, calls(every(50, 7)))).toEqual([]);
    expect(await beaconsOf(500, calls(every(50, 8)))).toHaveLength(1);
  });

  test('what is there at the beginning was opened nobody knows when', async () => {
    expect(await beaconsOf(500, calls(every(50, 8, 0)))).toEqual([]);
  });

  test('a period of two snapshots is below what polling can tell, one of three is not', async () => {
    expect(await beaconsOf(100, calls(every(2, 30)))).toEqual([]);
    expect(await beaconsOf(100, calls(every(3, 30)))).toHaveLength(1);
  });

  test('always there, or opened in every snapshot', async () => {
    expect(await beaconsOf(100, calls([5], { lasts: 90 }))).toEqual([]);
    expect(await beaconsOf(100, calls(every(1, 90)))).toEqual([]);
  });

  test('other processes, ports and addresses are others', async () => {
    const times = every(20, 14);
    const alternate = (a: Partial<Call>, b: Partial<Call>): Call[] =>
      times.flatMap((at, i) => [{ at, ...(i % 2 ? a : b) }]);
    expect(await beaconsOf(300, alternate({ pid: 4 }, { pid: 4242 }))).toEqual([]);
    expect(await beaconsOf(300, alternate({ rport: 80 }, { rport: 443 }))).toEqual([]);
    expect(await beaconsOf(300, alternate({ remote: 1 }, { remote: 2 }))).toEqual([]);
  });

  test('at random', async () => {
    const random = randomNumbers(3);
    let now = 1;
    const times = Array.from({ length: 60 }, () => Math.round((now += 4 - 30 * Math.log(1 - random()))));
    expect(await beaconsOf(Math.max(...times) + 2, calls(times))).toEqual([]);
  });

  test('incoming connections, and listeners', async () => {
    const times = every(20, 14);
    const incoming = times.map((at, i): Call => ({ at, lport: 443, rport: 50_000 + i }));
    expect(await beaconsOf(300, incoming)).toEqual([]);
    expect(await beaconsOf(300, calls(times, { lport: 80, state: 2 }))).toEqual([]);
  });
});

test('what is only seen in TIME_WAIT belongs to the only process that calls that end', async () => {
  const times = every(20, 14);
  const seen = times.map((at, i): Call => (i % 2 ? { at } : { at, state: 11, pid: 0 }));
  expect(await beaconsOf(300, seen)).toMatchObject([{ process: 'implant', starts: Uint32Array.from(times) }]);
  const alone = calls(times, { state: 11, pid: 0 });
  expect(await beaconsOf(300, alone)).toMatchObject([{ process: null, starts: Uint32Array.from(times) }]);
  const others = [...seen, ...calls([25, 95, 123], { pid: 4242 })];
  expect(await beaconsOf(300, others)).toEqual([]);
});

test('the surest come first', async () => {
  const often = calls(every(10, 20), { remote: 1 });
  const seldom = calls(every(25, 9), { remote: 2 });
  const found = await beaconsOf(300, [...seldom, ...often]);
  expect(found.map(({ remoteAddress }) => remoteAddress)).toEqual(['0.0.0.1', '0.0.0.2']);
});
