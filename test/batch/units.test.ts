import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LEAST_UNIT_INPUTS, UnitMaker } from '../../dist/node/batch/unitMaker.js';
import { UnitQueue } from '../../dist/node/batch/unitQueue.js';
import { UnitThreads } from '../../dist/node/batch/unitThreads.js';
import type { FinishedInput } from '../../dist/node/batch/outputFolder.js';
import type { Unit } from '../../dist/node/batch/runUnit.js';

const OPTIONS = { format: 'none', partitionBy: [] } as const;
const MEGABYTE = 1 << 20;

/** The early units, and all. */
function unitsOf(sizes: readonly number[], jobs: number, together: number): [early: Unit[], all: Unit[]] {
  const maker = new UnitMaker(OPTIONS, jobs);
  const inputs = sizes.map((size, i): FinishedInput => ({ path: `${i}`, size, mtimeMs: 0 }));
  const early: Unit[] = [];
  for (let first = 0; first < inputs.length; first += together) {
    maker.add(inputs.slice(first, first + together));
    early.push(...maker.early());
  }
  return [early, [...early, ...maker.last()]];
}

const inputsOf = (units: readonly Unit[]): string[] =>
  units.flatMap(({ inputs }) => inputs.map(({ path }) => path));

test('every input is in one unit, in order, and no unit is larger than it may be', () => {
  const megabytes = fc.constantFrom(0, 0, 0, 0, 1, 40, 70).map((size) => size * MEGABYTE);
  fc.assert(
    fc.property(
      fc.array(megabytes, { maxLength: 300 }),
      fc.integer({ min: 0, max: 9000 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 2000 }),
      (large, small, jobs, together) => {
        const sizes = [...large, ...Array.from({ length: small }, () => 100)];
        const [, units] = unitsOf(sizes, jobs, together);
        expect(inputsOf(units)).toEqual(sizes.map((_, i) => `${i}`));
        for (const { inputs } of units) {
          expect(inputs.length).toBeLessThanOrEqual(2048);
          const bytes = inputs.reduce((sum, { size }) => sum + size, 0);
          if (inputs.length > 1) expect(bytes).toBeLessThanOrEqual(64 * MEGABYTE);
        }
        expect(new Set(units.map(({ id }) => id)).size).toBe(units.length);
      },
    ),
    { numRuns: 40 },
  );
});

test('of many inputs units are there before all have been found, and the last ones are small', () => {
  const sizes = Array.from({ length: 20_000 }, () => 100);
  for (const jobs of [2, 8]) {
    const [early, all] = unitsOf(sizes, jobs, 1000);
    expect(inputsOf(early).length).toBeGreaterThan(sizes.length / 2);
    const lengths = all.map(({ inputs }) => inputs.length);
    const largest = Math.max(...lengths);
    for (const length of lengths.slice(-1 - jobs, -1)) expect(length).toBeLessThan(largest / 2);
    expect(all.length).toBeLessThan(16 * jobs);
  }
  const few = unitsOf(sizes.slice(0, 100), 8, 1000)[1].map(({ inputs }) => inputs.length);
  for (const length of few.slice(0, -1)) expect(length).toBe(LEAST_UNIT_INPUTS);
});

test('who asks for a unit gets the next one, or waits for it, or hears that there are no more', async () => {
  const queue = new UnitQueue();
  const [a, b, c] = ['a', 'b', 'c'].map((id): Unit => ({ id, inputs: [] })) as [Unit, Unit, Unit];
  queue.push([a]);
  const asked = [queue.next(), queue.next(), queue.next(), queue.next()];
  queue.push([b, c]);
  queue.end();
  expect(await Promise.all(asked)).toEqual([a, b, c, undefined]);
  expect(await queue.next()).toBe(undefined);
  expect(queue.count).toBe(3);
});

test('a worker thread that fails leaves nobody waiting', async () => {
  const threads = new UnitThreads(1, {} as ConstructorParameters<typeof UnitThreads>[1]);
  const unit: Unit = { id: 'a', inputs: [] };
  await expect(threads.run(unit)).rejects.toThrow();
  await expect(threads.run(unit)).rejects.toThrow();
  await threads.close();
});
