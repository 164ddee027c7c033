import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyPatch, PatchError } from '../../dist/core/file/patch/applyPatch.js';
import { makePatch } from '../../dist/core/file/patch/makePatch.js';
import { decodeMessagePack } from '../../dist/core/file/messagePack/decode.js';
import { encodeMetadata } from '../../dist/core/file/messagePack/encode.js';
import { anyMap, anyValue } from '../reference/arbitraryRecording.js';

describe('a patch', () => {
  test('makes any map of any other, or there is none', () => {
    let made = 0;
    fc.assert(
      fc.property(anyMap, anyMap, (base, target) => {
        const patch = makePatch(base, target);
        if (patch === undefined) return;
        made++;
        // As it reads when it has been written.
        const read = decodeMessagePack(encodeMetadata(patch), 0);
        expect(applyPatch(base, read)).toEqual(target);
      }),
      { numRuns: 3000 },
    );
    expect(made).toBeGreaterThan(1500);
  });

  test('makes every map that has no nil in a map, and keeps its types', () => {
    const plain = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(
        fc.nat(3),
        fc.string({ maxLength: 3 }),
        fc.uint8Array({ maxLength: 16 }),
        fc.array(fc.record({ pid: fc.nat(4), name: fc.constantFrom('x', 'y'), uid: fc.nat(2) }), {
          maxLength: 8,
        }),
        fc.array(fc.nat(3), { maxLength: 5 }),
      ),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(plain, plain, (base, target) => {
        const sameTypes = Object.fromEntries(
          Object.entries(target).filter(
            ([key, value]) => !(key in base) || kindOf(base[key]) === kindOf(value),
          ),
        );
        const patch = makePatch(base, sameTypes);
        expect(patch).toBeDefined();
        expect(applyPatch(base, patch)).toEqual(sameTypes);
      }),
      { numRuns: 2000 },
    );
  });

  test('leaves the base as it was', () => {
    fc.assert(
      fc.property(anyMap, anyMap, (base, target) => {
        const before = structuredClone(base);
        const patch = makePatch(base, target);
        if (patch) applyPatch(base, patch);
        expect(base).toEqual(before);
      }),
    );
  });

  test('says little of a process that started and one that ended', () => {
    const processes = Array.from({ length: 200 }, (_, pid) => ({
      pid,
      name: 'process',
      path: '/usr/bin/process',
    }));
    const later = [...processes.slice(0, 90), ...processes.slice(91), { pid: 999, name: 'new' }];
    const patch = makePatch({ processes }, { processes: later });
    expect(patch).toEqual({ processes: { removed: [90], inserted: [[199, { pid: 999, name: 'new' }]] } });
  });

  test('binary data or an array that becomes a map cannot be patched: there is none, and no error', () => {
    for (const base of [Uint8Array.of(1, 2, 3, 4), [1, 2], [{ a: 1 }]]) {
      for (const target of [{ a: 1 }, { changed: 5 }, { removed: [7] }, { length: 1 }, {}]) {
        expect(makePatch({ key: base }, { key: target })).toBeUndefined();
      }
    }
  });
});

describe('what docs/format.md says of patches', () => {
  test.each<[base: unknown, patch: unknown, made: unknown]>([
    [{ a: 1 }, 5, 5],
    [{ a: 1 }, [{ b: null }], [{ b: null }]],
    [
      { a: 1, b: 2 },
      { a: null, c: 3 },
      { b: 2, c: 3 },
    ],
    [{ a: { b: 1, c: 2 } }, { a: { b: null } }, { a: { c: 2 } }],
    [undefined, { a: 1, b: null }, { a: 1 }],
    ['text', { a: 1 }, { a: 1 }],
    [null, { a: { b: null } }, { a: {} }],
    [['a', 'b', 'c'], { removed: [0, 2] }, ['b']],
    [
      ['a', 'b', 'c'],
      {
        changed: [[1, 'x']],
        removed: [0],
        inserted: [
          [0, 'y'],
          [3, 'z'],
        ],
      },
      ['y', 'x', 'c', 'z'],
    ],
    [['a', { b: 1 }], { changed: [[1, { b: null, c: [] }]] }, ['a', { c: [] }]],
    [
      [],
      {
        inserted: [
          [0, null],
          [1, { a: null, b: 1 }],
        ],
      },
      [null, { b: 1 }],
    ],
    [['a'], { later: 1 }, ['a']],
    [
      Uint8Array.of(1, 2, 3),
      { length: 4, differences: Uint8Array.of(1, 9, 2, 2, 1, 8, 0) },
      Uint8Array.of(9, 2, 3, 8),
    ],
    [Uint8Array.of(1), { length: 0, differences: Uint8Array.of() }, Uint8Array.of()],
  ])('%j with %j', (base, patch, made) => {
    expect(applyPatch(base, patch)).toEqual(made);
  });

  test.each<[base: unknown, patch: unknown]>([
    [['a'], { removed: [1] }],
    [['a', 'b'], { removed: [1, 0] }],
    [['a', 'b'], { removed: [0, 0] }],
    [['a'], { removed: [-1] }],
    [['a'], { removed: [0.5] }],
    [['a'], { removed: 0 }],
    [['a'], { removed: null }],
    [['a'], { changed: [[1, 'x']] }],
    [['a'], { changed: [[0]] }],
    [['a'], { changed: [[0, 1, 2]] }],
    [['a'], { changed: [0] }],
    [['a'], { inserted: [[2, 'x']] }],
    [['a'], { inserted: [[2 ** 53 - 1, 'x']] }],
    [
      ['a'],
      {
        inserted: [
          [0, 'x'],
          [0, 'y'],
        ],
      },
    ],
    [['a'], { removed: [0], inserted: [[1, 'x']] }],
    [Uint8Array.of(1), { length: 1 }],
    [Uint8Array.of(1), { differences: Uint8Array.of() }],
    [Uint8Array.of(1), { length: 2, differences: Uint8Array.of(0, 1, 0) }],
    [Uint8Array.of(1), { length: 64 * 2 ** 20 + 1, differences: Uint8Array.of(0, 1, 0) }],
    [Uint8Array.of(1), { length: -1, differences: Uint8Array.of() }],
    [Uint8Array.of(1), { length: 1, differences: 'x' }],
  ])('%j cannot be changed by %j', (base, patch) => {
    expect(() => applyPatch(base, patch)).toThrow(PatchError);
    expect(() => applyPatch({ key: [base] }, { key: { changed: [[0, patch]] } })).toThrow(PatchError);
  });
});

test('any patch makes a value of any base, or a PatchError', () => {
  let refused = 0;
  fc.assert(
    fc.property(anyValue, anyValue, (base, patch) => {
      try {
        applyPatch(base, patch);
      } catch (error) {
        expect(error).toBeInstanceOf(PatchError);
        refused++;
      }
    }),
    { numRuns: 5000 },
  );
  expect(refused).toBeGreaterThan(50);
});

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value instanceof Uint8Array ? 'binary' : typeof value;
}
