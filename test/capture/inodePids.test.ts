import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldSockets } from '../../dist/node/capture/heldSockets.js';
import { InodePids } from '../../dist/node/capture/inodePids.js';

/** Few and many, near to each other, far apart, and of equal low bits. */
const inode = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.integer({ min: 0, max: 60 }).map((n) => n * 0x400_0000 + 7),
);

test('pids of inodes are those of a Map', () => {
  fc.assert(
    fc.property(
      fc.array(inode, { maxLength: 200 }),
      fc.array(fc.tuple(inode, fc.integer({ min: 1, max: 0xffffffff }))),
      (added, owned) => {
        const pids = new InodePids(added.length);
        const expected = new Map<number, number>();
        for (const each of added) {
          pids.add(each);
          if (each !== 0) expected.set(each, 0);
        }
        for (const [each, pid] of owned) {
          expect(pids.setPid(each, pid)).toBe(expected.has(each));
          if (expected.has(each)) expected.set(each, pid);
        }
        for (const each of [...added, ...owned.map(([other]) => other), 0, 12_345]) {
          expect([pids.has(each), pids.pid(each)]).toEqual([expected.has(each), expected.get(each) ?? 0]);
        }
        const ownerless = [...expected].flatMap(([each, pid]) => (pid === 0 ? [each] : []));
        expect(new Set(pids.ownerless())).toEqual(new Set(ownerless));
        expect([pids.size, pids.found]).toEqual([expected.size, expected.size - ownerless.length]);
      },
    ),
    { numRuns: 500 },
  );
});

test('what a process holds is that of a Map, whatever is added and removed', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(0xffff_ffff), { freq: 3 }), { maxLength: 200 }), (steps) => {
      const held = new HeldSockets();
      const expected = new Map<number, readonly [number, number]>();
      for (const [step, number] of steps.entries()) {
        if (number !== null) {
          held.add(step, number, step * 2);
          expected.set(step, [number, step * 2]);
        } else if (held.count > 0) {
          const i = (step * 7) % held.count;
          expected.delete(held.descriptor(i));
          held.remove(i);
        }
        const all = Array.from({ length: held.count }, (_, i) => i);
        expect(new Map(all.map((i) => [held.descriptor(i), [held.inode(i), held.since(i)]]))).toEqual(
          expected,
        );
        expect(held.descriptors()).toEqual(new Set(expected.keys()));
      }
    }),
  );
});
