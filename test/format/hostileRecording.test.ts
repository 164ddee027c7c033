import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openSnapshots, SnapshotError, verifySnapshots } from 'tcpscope/core';
import { WEB_PRIMITIVES } from '../../dist/core/file/primitives.js';
import { applyPatch } from '../../dist/core/file/patch/applyPatch.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import { anyMap } from '../reference/arbitraryRecording.js';
import { encodeRows } from '../reference/arbitraryTable.js';
import {
  craftDelta,
  craftFile,
  craftKeyframe,
  METADATA,
  sha256,
  tableEntry,
  type CraftedFrame,
} from '../reference/craftedRecording.js';
import { encodeRecording, SMALL_RECORDING } from '../reference/encodeRecording.js';
import { framesOf } from '../reference/recordedFrames.js';

const TABLE = encodeRows([[5, 1, 2, 3, 4, 5, 6]]);
const KEYFRAME = craftKeyframe(TABLE);
const DIGEST = sha256(TABLE);
const COPY_ALL = Uint8Array.of(0, TABLE.length, 0);

/** The only row of TABLE is kept, and of none of its seven words the value has changed. */
const ROWS = { first: 4, size: 28, map: Uint8Array.of(0, 1, 0) };
const NO_VALUES = Uint8Array.of(...TABLE.subarray(0, 4), 0, 0, 0, 0, 0, 0, 0);

/** The last snapshot, or why it cannot be read. Whatever verify does, it ends, and finds the same. */
async function readLast(frames: readonly CraftedFrame[], primitives = NODE_PRIMITIVES): Promise<unknown> {
  const file = await openSnapshots(craftFile(frames), primitives);
  const read = await file.at(-1).catch((error: unknown) => error);
  const report = await verifySnapshots(file);
  if (read instanceof SnapshotError) expect(report.intact).toBe(false);
  return read;
}

const patchTable = (change: object): object => ({ tables: { changed: [[0, change]] } });

test('what is crafted here is read where nothing is wrong with it', async () => {
  for (const primitives of [NODE_PRIMITIVES, WEB_PRIMITIVES]) {
    const delta = craftDelta({
      changes: { ...patchTable({ encoding: 2, baseTable: 0, storedLength: 3 }), note: 'x' },
      stored: COPY_ALL,
      digests: [DIGEST],
    });
    const read = await readLast([KEYFRAME, delta], primitives);
    expect(read).toEqual({
      ...METADATA,
      note: 'x',
      tables: [{ class: 'tcp2', scope: 'all', synthesized: false, bytes: TABLE }],
    });
  }
});

test('rows and columns that are crafted here are read where nothing is wrong with them', async () => {
  const extras = {
    uid: Uint8Array.of(1, 2, 3, 4),
    inode: Uint8Array.of(5, 6, 7, 8),
    wide: new Uint8Array(16).fill(9),
  };
  const keyframe = craftKeyframe(TABLE, { tables: [tableEntry(TABLE, { extras })] });
  const columns = {
    uid: [1, Uint8Array.of(0)],
    inode: [1, Uint8Array.of(1, 0, 50, 60, 70, 80)],
    wide: [4, Uint8Array.of(0, 0, 1, 0, 1, 1, 1, 1, 0)],
  };
  const delta = (rows: object) =>
    craftDelta({
      changes: patchTable({ encoding: 3, baseTable: 0, storedLength: NO_VALUES.length }),
      rows: [rows, null],
      stored: NO_VALUES,
      digests: [DIGEST],
    });
  for (const primitives of [NODE_PRIMITIVES, WEB_PRIMITIVES]) {
    expect(await readLast([keyframe, delta({ ...ROWS, columns })], primitives)).toMatchObject({
      tables: [
        {
          bytes: TABLE,
          extras: {
            uid: extras.uid,
            inode: Uint8Array.of(50, 60, 70, 80),
            wide: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9, 1, 1, 1, 1, 9, 9, 9, 9),
          },
        },
      ],
    });
    // What is not told is what it was.
    expect(await readLast([keyframe, delta(ROWS)], primitives)).toMatchObject({
      tables: [{ bytes: TABLE, extras }],
    });
  }
});

test('columns that cannot be restored cost the snapshot, and what is made from it', async () => {
  const keyframe = craftKeyframe(TABLE, {
    tables: [tableEntry(TABLE, { extras: { uid: Uint8Array.of(1, 2, 3, 4), short: Uint8Array.of(1) } })],
  });
  const message = /^the columns of table 0 \(tcp2\) cannot be restored: /;
  for (const columns of [
    { inode: [1, Uint8Array.of(0)] },
    { toString: [1, Uint8Array.of(0)] },
    { uid: [2, Uint8Array.of(0, 0)] },
    { uid: [1, Uint8Array.of(0, 0)] },
    { uid: [1, Uint8Array.of()] },
    { uid: [1, Uint8Array.of(1, 1, 0, 0, 0, 0)] },
    { uid: [2 ** 40, Uint8Array.of(0)] },
    { short: [1, Uint8Array.of(0)] },
  ]) {
    const delta = craftDelta({
      changes: patchTable({ encoding: 3, baseTable: 0, storedLength: NO_VALUES.length }),
      rows: [{ ...ROWS, columns }],
      stored: NO_VALUES,
      digests: [DIGEST],
    });
    const next = craftDelta({
      base: 1,
      stored: TABLE,
      digests: [DIGEST],
      changes: patchTable({ encoding: 0, storedLength: TABLE.length }),
    });
    const file = await openSnapshots(craftFile([keyframe, delta, next]), NODE_PRIMITIVES);
    for (const number of [1, 2]) await expect(file.at(number)).rejects.toThrow(message);
  }
});

describe('a delta under proper checksums is refused', () => {
  const verbatim = { stored: TABLE, digests: [DIGEST] };
  const differences = (change: object, stored = COPY_ALL) => ({
    changes: patchTable({ encoding: 2, baseTable: 0, storedLength: stored.length, ...change }),
    stored,
    digests: [DIGEST],
  });
  const rows = (told: unknown, stored = NO_VALUES, change: object = {}) => ({
    changes: patchTable({ encoding: 3, baseTable: 0, storedLength: stored.length, ...change }),
    rows: told,
    stored,
    digests: [DIGEST],
  });
  const NOT_ROWS = /does not tell rows as it should/;
  test.each<[name: string, delta: Parameters<typeof craftDelta>[0], message: RegExp]>([
    ['rows that are no array', rows({}), NOT_ROWS],
    ['rows of a number', rows([1]), NOT_ROWS],
    ['rows without a map', rows([{ first: 4, size: 28 }]), NOT_ROWS],
    ['rows of no bytes', rows([{ ...ROWS, size: 0 }]), NOT_ROWS],
    ['rows of 27 bytes', rows([{ ...ROWS, size: 27 }]), NOT_ROWS],
    ['a first row at 2', rows([{ ...ROWS, first: 2 }]), NOT_ROWS],
    ['a first row at −4', rows([{ ...ROWS, first: -4 }]), NOT_ROWS],
    ['columns that are no map', rows([{ ...ROWS, columns: [] }]), NOT_ROWS],
    ['a column of no words', rows([{ ...ROWS, columns: { uid: [0, new Uint8Array()] } }]), NOT_ROWS],
    ['a column without values', rows([{ ...ROWS, columns: { uid: [1] } }]), NOT_ROWS],
    ['rows that are not told', rows([null]), /is not told which rows it has/],
    ['rows of no table', rows([]), /is not told which rows it has/],
    [
      'rows of a table that its base does not have',
      rows([ROWS], NO_VALUES, { baseTable: 1 }),
      /no such table/,
    ],
    ['a map that ends early', rows([{ ...ROWS, map: Uint8Array.of(0, 1) }]), /a number ends too soon/],
    [
      'more rows than there can be',
      rows([{ ...ROWS, map: Uint8Array.of(0, 100, 0) }]),
      /there is room for 1 rows/,
    ],
    [
      'a row behind the last',
      rows([{ ...ROWS, map: Uint8Array.of(0, 1, 2) }]),
      /row 1 is kept, the base has 1/,
    ],
    ['rows of 2^50 bytes', rows([{ ...ROWS, size: 2 ** 50 }]), /there is room for 0 rows/],
    ['a first row behind the end', rows([{ ...ROWS, first: 2 ** 50 }]), /keeps 1 rows, the base has 0/],
    ['values that end early', rows([ROWS], NO_VALUES.slice(0, 9)), /a number ends too soon/],
    [
      'values of rows that are not there',
      rows([ROWS], Uint8Array.of(1, 0, 0, 0, 1, 1)),
      /row 1 has changed, of 1/,
    ],
    ['bytes behind the values', rows([ROWS], new Uint8Array([...NO_VALUES, 0])), /1 bytes stand behind/],
    ['rows of a gigabyte', rows([ROWS], NO_VALUES, { length: 2 ** 30 }), /do not make 1073741824/],
    ['its base is itself', { ...verbatim, base: 1 }, /made from frame 1, which is missing/],
    ['its base comes later', { ...verbatim, base: 2 }, /made from frame 2, which is missing/],
    ['no frame has the number of its base', { ...verbatim, base: 2 ** 53 - 1 }, /which is missing/],
    ['its base is negative', { ...verbatim, base: -1 }, /no base/],
    ['its base is no integer', { ...verbatim, base: 0.5 }, /no base/],
    ['changes that are no map', { ...verbatim, changes: [] }, /no changes/],
    ['changes that are no MessagePack', { ...verbatim, map: Uint8Array.of(0xc1) }, /not a map/],
    ['a body of 2^32 − 1 bytes', { ...verbatim, bodyLength: 0xffffffff }, /claims 4294967295 bytes/],
    ['a body that is larger than it says', { ...verbatim, bodyLength: 10 }, /cannot be read/],
    [
      'a body that is smaller than it says',
      { ...verbatim, bodyLength: 1000 },
      /inflates to .* bytes, not 1000/,
    ],
    ['a body without room for a length', { ...verbatim, bodyLength: 3 }, /claims 3 bytes/],
    [
      'more compressed bytes than there are',
      { ...verbatim, compressedLength: 0xffffffff },
      /claims 4294967295 compressed/,
    ],
    ['fewer compressed bytes', { ...verbatim, compressedLength: 5 }, /cannot be read/],
    [
      'bytes behind the compressed ones',
      { ...verbatim, behind: Uint8Array.of(1, 2, 3) },
      /bytes follow the end/,
    ],
    ['changes beyond the body', { ...verbatim, changesLength: 0xffffffff }, /claims 4294967295 bytes/],
    [
      'a table beyond the body',
      { ...verbatim, changes: patchTable({ storedLength: 2 ** 53 - 1, length: 2 ** 53 - 1 }) },
      /at most 1073741824/,
    ],
    [
      'a table stored beyond the body',
      { ...verbatim, changes: patchTable({ storedLength: 1000, length: 1000 }) },
      /32 remain/,
    ],
    ['bytes that belong to no table', { ...verbatim, stored: new Uint8Array(100) }, /belong to no table/],
    ['two lengths', { ...verbatim, changes: patchTable({ length: 31 }) }, /cannot be restored/],
    ['a table that its base does not have', differences({ baseTable: 1 }), /its base has no such table/],
    [
      'no table of the base named',
      { ...differences({}), changes: patchTable({ encoding: 2, storedLength: 3 }) },
      /its base has no such table/,
    ],
    ['a restored table of 2^50 bytes', differences({ length: 2 ** 50 }), /at most 1073741824/],
    ['a restored table of a gigabyte', differences({ length: 2 ** 30 }), /make 32 bytes, not 1073741824/],
    ['a copy of more than the base has', differences({}, Uint8Array.of(0, 33, 0)), /takes? 33 bytes/],
    [
      'an encoding that is not known',
      differences({ encoding: 7 }),
      /encoding 7, which this version cannot restore/,
    ],
    [
      'another SHA-256',
      { ...verbatim, changes: patchTable({ sha256: sha256() }), digests: [sha256()] },
      /SHA-256/,
    ],
    [
      'a patch that fits nothing',
      { ...verbatim, changes: { tables: { removed: [1] } } },
      /does not fit its base/,
    ],
    ['metadata without tables', { changes: { tables: null } }, /tables is missing/],
    ['metadata of another type', { ...verbatim, changes: { provider: 5 } }, /provider should be a string/],
  ])('%s', async (_name, delta, message) => {
    const read = await readLast([KEYFRAME, craftDelta(delta)]);
    expect(read).toBeInstanceOf(SnapshotError);
    expect((read as SnapshotError).message).toMatch(message);
    expect((read as SnapshotError).offset).toBeTypeOf('number');
  });

  test('a frame too short for a delta', async () => {
    for (const length of [0, 1, 71]) {
      expect(await readLast([KEYFRAME, { type: 2, payload: new Uint8Array(length) }])).toBeInstanceOf(
        SnapshotError,
      );
    }
  });

  test('deltas that are made from each other', async () => {
    const [first, second] = [craftDelta({ ...verbatim, base: 2 }), craftDelta({ ...verbatim, base: 1 })];
    const file = await openSnapshots(craftFile([KEYFRAME, first, second]), NODE_PRIMITIVES);
    for (const number of [1, 2]) await expect(file.at(number)).rejects.toThrow(SnapshotError);
    expect(await file.at(0)).toMatchObject(METADATA);
  });

  test('the base is the nearest frame with its number, and that may be a damaged one', async () => {
    const delta = (note: string, number: number) => ({
      ...craftDelta({ ...verbatim, changes: { note } }),
      number,
    });
    const other = { ...craftKeyframe(TABLE, { note: 'other' }), number: 0 };
    const gap = { type: 4, payload: new Uint8Array(), number: 0 };
    expect(await readLast([KEYFRAME, other, gap, { ...craftDelta(verbatim), number: 1 }])).toMatchObject({
      note: 'other',
    });
    const damaged = { ...other, payload: other.payload.with(80, 0) };
    expect(await readLast([KEYFRAME, damaged, delta('x', 1)])).toBeInstanceOf(SnapshotError);
  });
});

test('nothing is made from metadata that nobody vouches for', async () => {
  const verbatim = { stored: TABLE, digests: [DIGEST] };
  const forged = craftDelta({ ...verbatim, changes: { note: 'forged' } });
  forged.payload[40]! ^= 1; // its chain value
  const next = craftDelta({ ...verbatim, base: 1 });
  const file = await openSnapshots(craftFile([KEYFRAME, forged, next]), NODE_PRIMITIVES);
  await expect(file.at(1)).rejects.toThrow('its chain value does not match');
  await expect(file.at(2)).rejects.toThrow('frame 1, which it is made from, is damaged');
});

test('bytes of a delta that belong to nothing are told by verify', async () => {
  const delta = craftDelta({ stored: TABLE, digests: [DIGEST], changes: { note: 'x' } });
  const compressed = new DataView(delta.payload.buffer).getUint32(64, true);
  const variants = [
    new Uint8Array([...delta.payload, 0, 0, 0, 0, 0, 0, 0, 0]),
    delta.payload.slice(0, 72 + compressed),
  ];
  if (delta.payload.length > 72 + compressed) variants.push(delta.payload.with(delta.payload.length - 1, 1));
  expect(variants).toHaveLength(3);
  for (const payload of variants) {
    const file = await openSnapshots(craftFile([KEYFRAME, { type: 2, payload }]), NODE_PRIMITIVES);
    expect(await file.at(1)).toMatchObject({ note: 'x' });
    const { snapshots } = await verifySnapshots(file);
    expect(snapshots[1]!.problems.map(({ message }) => message)).toEqual([
      // What is crafted here begins its chain anew.
      'snapshot 1 does not continue the chain of the one before it',
      'snapshot 1 has bytes that belong to nothing in it, or lacks its last padding',
    ]);
  }
});

test('one table that cannot be restored costs none of the others', async () => {
  const tables = [tableEntry(TABLE), { ...tableEntry(TABLE), encoding: 2, baseTable: 9, storedLength: 3 }];
  const delta = craftDelta({
    changes: { tables },
    stored: new Uint8Array([...TABLE, ...COPY_ALL]),
    digests: [DIGEST, DIGEST],
  });
  const [, next] = [
    delta,
    craftDelta({ base: 1, changes: { tables: { removed: [1] } }, stored: TABLE, digests: [DIGEST] }),
  ];
  const file = await openSnapshots(craftFile([KEYFRAME, delta, next]), NODE_PRIMITIVES);
  await expect(file.at(1)).rejects.toThrow('table 1 (tcp2) cannot be restored: its base has no such table');
  const { snapshots } = await verifySnapshots(file);
  expect(snapshots[1]!.tables.map(({ intact }) => intact)).toEqual([true, false]);
  expect((await file.at(2)).tables[0]!.bytes).toEqual(TABLE);
});

test('metadata that is wrong costs the snapshots that have it, not those that are made from it and do not', async () => {
  const verbatim = { stored: TABLE, digests: [DIGEST] };
  const wrong = craftDelta({ ...verbatim, changes: { note: 7 } });
  const still = craftDelta({ ...verbatim, base: 1 });
  const right = craftDelta({ ...verbatim, base: 2, changes: { note: 'x' } });
  const noTable = craftDelta({ ...verbatim, base: 3, changes: patchTable({ length: -1 }) });
  const after = craftDelta({ ...verbatim, base: 4, changes: patchTable({ length: TABLE.length }) });
  for (const order of [
    [1, 2, 3, 4, 5],
    [5, 4, 3, 2, 1],
  ]) {
    const frames = [KEYFRAME, wrong, still, right, noTable, after];
    const file = await openSnapshots(craftFile(frames), NODE_PRIMITIVES);
    const read = new Map<number, unknown>();
    for (const number of order) read.set(number, await file.at(number).catch(String));
    for (const number of [1, 2]) expect(read.get(number)).toContain('note should be a string');
    expect(read.get(3)).toMatchObject({ note: 'x' });
    // Without what tells its tables, nothing is made from it.
    for (const number of [4, 5]) expect(read.get(number)).toContain('tables[0].length should be an integer');
  }
});

test('many patches make no more values than metadata may have', async () => {
  const values = Array<null>(300_000).fill(null);
  const grow = (base: number): CraftedFrame =>
    craftDelta({ base, changes: { [`more${base}`]: values }, stored: TABLE, digests: [DIGEST] });
  const frames = [KEYFRAME, ...Array.from({ length: 5 }, (_, base) => grow(base))];
  const file = await openSnapshots(craftFile(frames), NODE_PRIMITIVES);
  expect(Object.keys(await file.at(3))).toContain('more2');
  for (const number of [4, 5]) await expect(file.at(number)).rejects.toThrow('at most 1048576 values');
});

test('any patch and any stored bytes under a proper chain give a snapshot or a SnapshotError', async () => {
  const tables = [tableEntry(TABLE), tableEntry(TABLE)];
  const entryChange = fc.record(
    {
      encoding: fc.constantFrom<unknown>(0, 1, 2, 3, 3, 4, -1, 'x'),
      baseTable: fc.constantFrom<unknown>(0, 0, 1, 2, -1, 2 ** 40, null),
      length: fc.constantFrom<unknown>(32, 0, 5, 2 ** 31, 2 ** 53 - 1),
      storedLength: fc.constantFrom<unknown>(32, 0, 3, 11, 2 ** 31),
    },
    { requiredKeys: [] },
  );
  const changes = fc.oneof(
    anyMap,
    fc.record({ tables: fc.record({ changed: fc.tuple(entryChange).map(([change]) => [[0, change]]) }) }),
    fc.record({
      tables: fc.record(
        {
          changed: fc.array(fc.tuple(fc.nat(2), entryChange)),
          removed: fc.array(fc.nat(2)),
          inserted: fc.array(fc.tuple(fc.nat(3), fc.constant(tableEntry(TABLE)))),
        },
        { requiredKeys: [] },
      ),
    }),
  );
  const stored = fc.oneof(
    fc.constant(TABLE),
    fc
      .array(fc.constantFrom(TABLE, COPY_ALL, NO_VALUES, Uint8Array.of(0)), { maxLength: 3 })
      .map((parts) => new Uint8Array(Buffer.concat(parts))),
    fc.uint8Array({ maxLength: 80 }),
  );
  const rows = fc.array(fc.constantFrom(null, ROWS, { ...ROWS, size: 4 }, { ...ROWS, columns: {} }), {
    maxLength: 2,
  });
  const base = { ...METADATA, tables };
  const keyframe = craftKeyframe(TABLE, { tables: [tables[0]] });
  let right = 0;
  await fc.assert(
    fc.asyncProperty(changes, stored, rows, async (patch, bytes, told) => {
      const read = await readLast([
        keyframe,
        craftDelta({
          changes: patch,
          rows: told,
          stored: bytes,
          digests: digestsOf({ ...base, tables: [tables[0]] }, patch),
        }),
      ]);
      if (read instanceof SnapshotError) return;
      right++;
      for (const table of (read as { tables: { bytes: Uint8Array }[] }).tables)
        expect(table.bytes).toEqual(TABLE);
    }),
    { numRuns: 2000 },
  );
  expect(right).toBeGreaterThan(20);

  function digestsOf(metadata: object, patch: object): Uint8Array[] {
    try {
      const patched = applyPatch(metadata, patch) as { tables: { sha256: Uint8Array }[] };
      return patched.tables.map((table) => table.sha256).filter((digest) => digest instanceof Uint8Array);
    } catch {
      return [];
    }
  }
});

describe('a hostile index ends, and harms nothing', () => {
  /** An index or a trailer of these numbers: as many bytes as stand before each. */
  const payload = (...fields: readonly (readonly [bytes: 2 | 4 | 8, value: number | bigint])[]): Uint8Array =>
    new Uint8Array(
      Buffer.concat(
        fields.map(([bytes, value]) => {
          const field = Buffer.alloc(8);
          field.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
          return field.subarray(0, bytes);
        }),
      ),
    );
  const index = (
    previous: number | bigint,
    ...entries: readonly (readonly [
      offset: number | bigint,
      length: number | bigint,
      number: number,
      type: number,
    ])[]
  ) => ({
    type: 3,
    payload: payload(
      [8, previous],
      [4, entries.length],
      [4, 0],
      ...entries.flatMap(
        ([offset, length, number, type]) =>
          [
            [8, offset],
            [8, length],
            [8, 0],
            [4, number],
            [2, type],
            [2, 0],
          ] as const,
      ),
    ),
  });
  const trailer = (offset: number | bigint): CraftedFrame => ({ type: 7, payload: payload([8, offset]) });
  const delta = craftDelta({ changes: { note: 'x' }, stored: TABLE, digests: [DIGEST] });
  const [first, second] = framesOf(craftFile([KEYFRAME, delta]));
  const at = craftFile([KEYFRAME, delta]).length;
  const entries = [
    [first!.offset, first!.length, 0, 1],
    [second!.offset, second!.length, 1, 2],
  ] as const;
  const [one, two] = entries;

  test.each<[name: string, index: CraftedFrame, trailer: CraftedFrame]>([
    ['a right one', index(0, ...entries), trailer(at)],
    ['one that names itself as the one before', index(at, ...entries), trailer(at)],
    ['one that names what is behind it', index(at + 10, ...entries), trailer(at)],
    ['one that names a keyframe as the one before', index(first!.offset, ...entries), trailer(at)],
    ['one that names no place of the file', index(2n ** 64n - 1n, ...entries), trailer(at)],
    ['a trailer that names itself', index(0, ...entries), trailer(at + 36 + 80)],
    ['a trailer that names nothing', index(0, ...entries), trailer(2n ** 64n - 1n)],
    ['a trailer without an index', index(0, ...entries), trailer(0)],
    ['no entries', index(0), trailer(at)],
    [
      'a count that is huge',
      {
        type: 3,
        payload: index(0, ...entries)
          .payload.with(10, 255)
          .with(11, 255),
      },
      trailer(at),
    ],
    ['a count that is too small', { type: 3, payload: index(0, ...entries).payload.with(8, 1) }, trailer(at)],
    ['too short for a count', { type: 3, payload: new Uint8Array(10) }, trailer(at)],
    ['entries that overlap', index(0, one, one), trailer(at)],
    ['entries in another order', index(0, two, one), trailer(at)],
    ['one frame left out', index(0, two), trailer(at)],
    [
      'two frames told as one',
      index(0, [first!.offset, first!.length + 36 + second!.length, 0, 1]),
      trailer(at),
    ],
    ['a delta told as a keyframe', index(0, one, [second!.offset, second!.length, 1, 1]), trailer(at)],
    ['a keyframe told as a delta', index(0, [first!.offset, first!.length, 0, 2], two), trailer(at)],
    ['a keyframe told as a gap', index(0, [first!.offset, first!.length, 0, 4], two), trailer(at)],
    ['lengths beyond the file', index(0, one, [second!.offset, 2n ** 63n, 1, 2]), trailer(at)],
    ['a length that wraps around', index(0, [first!.offset, 2n ** 64n - 36n, 0, 1], two), trailer(at)],
    [
      'other numbers',
      index(0, [first!.offset, first!.length, 1, 1], [second!.offset, second!.length, 0, 2]),
      trailer(at),
    ],
  ])('%s', async (name, indexFrame, trailerFrame) => {
    const bytes = craftFile([KEYFRAME, delta, indexFrame, trailerFrame]);
    const file = await openSnapshots(bytes, NODE_PRIMITIVES);
    const read: unknown[] = [];
    for (let i = 0; i < file.count; i++) read.push(await file.at(i).catch((error: unknown) => error));
    const report = await verifySnapshots(file);
    // An index that leads to every byte is believed until it is checked; no other is.
    const isBelieved = /told as/.test(name);
    if (!isBelieved)
      expect(read).toMatchObject([TABLE, TABLE].map((table) => ({ tables: [{ bytes: table }] })));
    for (const snapshot of read) {
      if (!(snapshot instanceof SnapshotError))
        expect(snapshot).toMatchObject({ tables: [{ bytes: TABLE }] });
    }
    if (isBelieved) expect(report.intact).toBe(false);
  });

  test('indexes inside each other are not read again and again', async () => {
    // Each index claims all that follows as its entries, the next index included.
    let inner: Uint8Array = new Uint8Array(32 * 20_000);
    const offsets: number[] = [];
    const depth = 40;
    // Where the entries of an index begin.
    const INSIDE = 32 + 16;
    const start = 32;
    // From the inside out; where each will stand is known beforehand.
    for (let level = depth - 1; level >= 0; level--) {
      const offset = start + level * INSIDE;
      offsets.unshift(offset);
      inner = innerFrame(inner, offset);
    }
    const bytes = craftFile([]);
    const whole = new Uint8Array([
      ...bytes,
      ...inner,
      ...craftFile([trailer(offsets[depth - 1]!)]).subarray(32),
    ]);
    let read = 0;
    const file = await openSnapshots(
      {
        size: whole.length,
        read: async (offset, length) => {
          const piece = new Uint8Array(whole.subarray(offset, offset + length));
          read += piece.length;
          return piece;
        },
        close: async () => {},
      },
      NODE_PRIMITIVES,
    );
    expect(file.count).toBe(0);
    expect(read).toBeLessThan(10 * whole.length);

    function innerFrame(content: Uint8Array, offset: number): Uint8Array {
      const room = Math.ceil(content.length / 32) * 32;
      const payloadBytes = new Uint8Array(16 + room);
      payloadBytes.set(content, 16);
      const view = new DataView(payloadBytes.buffer);
      view.setBigUint64(0, BigInt(Math.max(0, offset - INSIDE)), true);
      view.setUint32(8, room / 32, true);
      return craftFile([{ type: 3, payload: payloadBytes }]).subarray(32);
    }
  });

  test('any bytes in index and trailer', async () => {
    const whole = await encodeRecording(SMALL_RECORDING);
    const frames = framesOf(whole);
    const original = await openSnapshots(whole, NODE_PRIMITIVES);
    const snapshots = [await original.at(0), await original.at(1), await original.at(2)];
    const [indexFrame] = frames.filter(({ type }) => type === 3);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(indexFrame!.length - 1), fc.nat(255)), { maxLength: 4 }),
        async (changes) => {
          const payloadBytes = whole.slice(indexFrame!.payload, indexFrame!.payload + indexFrame!.length);
          for (const [place, value] of changes) payloadBytes[place] = value;
          const others = frames.filter(({ type }) => type !== 3 && type !== 7);
          const bytes = craftFile([
            ...others.map(({ type, payload: from, length }) => ({
              type,
              payload: whole.subarray(from, from + length),
            })),
            { type: 3, payload: payloadBytes },
            trailer(indexFrame!.offset),
          ]);
          const file = await openSnapshots(bytes, NODE_PRIMITIVES);
          for (let i = 0; i < file.count; i++) {
            const read = await file.at(i).catch((error: unknown) => error);
            if (!(read instanceof SnapshotError)) expect(snapshots).toContainEqual(read);
          }
          await verifySnapshots(file);
        },
      ),
      { numRuns: 300 },
    );
  });
});
