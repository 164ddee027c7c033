import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockAllocator } from '../../dist/core/engine/blockAllocator.js';

test('blocks never overlap, and all memory comes back', () => {
  const step = fc.record({ byteLength: fc.nat(500), release: fc.boolean(), which: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const allocator = new BlockAllocator(24, 4096);
      const blocks: { start: number; end: number }[] = [];
      for (const { byteLength, release, which } of steps) {
        if (release && blocks.length > 0) {
          allocator.release(blocks.splice(which % blocks.length, 1)[0]!.start);
          continue;
        }
        const start = allocator.allocate(byteLength);
        if (start === undefined) continue;
        const block = { start, end: start + byteLength };
        expect(start % 16).toBe(0);
        expect(start).toBeGreaterThanOrEqual(24);
        expect(block.end).toBeLessThanOrEqual(4096);
        for (const other of blocks) expect(block.end <= other.start || other.end <= block.start).toBe(true);
        blocks.push(block);
      }
      for (const block of blocks) allocator.release(block.start);
      expect(allocator.blockCount).toBe(0);
      expect(allocator.allocate(4096 - 32)).toBe(32);
    }),
    { numRuns: 1000 },
  );
});

test('a full memory says what end it needs, and goes on when it is extended', () => {
  const allocator = new BlockAllocator(0, 64);
  expect(allocator.allocate(48)).toBe(0);
  expect(allocator.allocate(32)).toBeUndefined();
  expect(allocator.requiredEnd(32)).toBe(80);
  allocator.extend(80);
  expect(allocator.allocate(32)).toBe(48);
});

test('releasing what was not allocated is an error', () => {
  const allocator = new BlockAllocator(0, 64);
  const block = allocator.allocate(16)!;
  allocator.release(block);
  expect(() => allocator.release(block)).toThrow(new RangeError('no block starts at 0'));
});
