import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeSnapshotFile,
  openSnapshots,
  SnapshotError,
  verifySnapshots,
  type Snapshot,
} from 'tcpscope/core';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';
import { rawTable } from '../reference/arbitraryTable.js';
import { encodeFrame } from '../../dist/core/file/frame.js';
import { encodeFileHeader } from '../../dist/core/file/header.js';
import { encodeSnapshotPayload } from '../../dist/core/file/encodeSnapshotPayload.js';
import { joinSnapshots } from '../reference/severalSnapshots.js';

const HEADER = 32;

describe('round trip', () => {
  test('everything comes back, bit for bit', async () => {
    const file = await openSnapshots(await encodeSnapshotFile(EXAMPLE_SNAPSHOT));
    expect(file.count).toBe(1);
    expect(file.problems).toEqual([]);
    expect(await file.at(0)).toEqual(EXAMPLE_SNAPSHOT);
    expect(await file.at(-1)).toEqual(EXAMPLE_SNAPSHOT);
  });

  test('any tables and any metadata', async () => {
    const text = fc.string({ unit: 'grapheme' });
    const uint = fc.maxSafeNat();
    const snapshots = fc.record(
      {
        tool: fc.record({ name: text, version: text, runtime: text }),
        provider: text,
        tables: fc.array(
          fc.record(
            {
              class: text,
              scope: fc.constantFrom('all', 'listeners', 'connections'),
              synthesized: fc.boolean(),
              bytes: rawTable,
              calls: uint,
              functionClass: fc.integer({ min: 0, max: 0xffffffff }),
            },
            { requiredKeys: ['class', 'scope', 'synthesized', 'bytes'] },
          ),
          { maxLength: 3 },
        ),
        time: fc.record({ utcMicroseconds: uint, monotonicMicroseconds: uint }),
        processes: fc.array(fc.record({ pid: fc.integer({ min: 0, max: 0xffffffff }), name: text })),
        note: text,
        // Keys of a later version.
        future: fc.record({
          anything: fc.array(fc.oneof(text, fc.integer(), fc.constant(null), fc.double({ noNaN: true }))),
        }),
      },
      { requiredKeys: ['tool', 'provider', 'tables'] },
    );
    await fc.assert(
      fc.asyncProperty(snapshots, async (generated) => {
        const snapshot = generated as unknown as Snapshot;
        const file = await openSnapshots(await encodeSnapshotFile(snapshot));
        expect(normal(await file.at(0))).toEqual(normal(snapshot));
        expect((await verifySnapshots(file)).intact).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('from an ArrayBuffer, a Blob, and a view that begins anywhere', async () => {
    const bytes = await encodeSnapshotFile(EXAMPLE_SNAPSHOT);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    for (const source of [bytes.buffer, new Blob([bytes]), shifted.subarray(3)]) {
      expect(await (await openSnapshots(source)).at(0)).toEqual(EXAMPLE_SNAPSHOT);
    }
  });

  test('tables read are the caller’s: changing them changes nothing else', async () => {
    const bytes = await encodeSnapshotFile(EXAMPLE_SNAPSHOT);
    const file = await openSnapshots(bytes);
    (await file.at(0)).tables[0]!.bytes.fill(0);
    expect(await file.at(0)).toEqual(EXAMPLE_SNAPSHOT);
  });

  test('keys of a later version survive being read and written again', async () => {
    const [table] = EXAMPLE_SNAPSHOT.tables;
    const later = {
      ...EXAMPLE_SNAPSHOT,
      tables: [{ ...table!, weather: 'fair' }],
      processes: [{ pid: 1, name: 'a', threads: 2 ** 40 }],
      mood: { good: [true, null, -3, 1.5, 'x'] },
    };
    const once = await (await openSnapshots(await encodeSnapshotFile(later))).at(0);
    const twice = await (await openSnapshots(await encodeSnapshotFile(once))).at(0);
    expect(twice).toEqual(later);
  });
});

describe('several snapshots in one file', () => {
  const notes = ['one', 'two', 'three'];

  test('are found by number, from both ends, and in turn', async () => {
    const file = await openSnapshots(await joinSnapshots(notes));
    expect(file.count).toBe(3);
    expect((await file.at(1)).note).toBe('two');
    expect((await file.at(-3)).note).toBe('one');
    const found = [];
    for await (const snapshot of file) found.push(snapshot.note);
    expect(found).toEqual(notes);
    await expect(file.at(3)).rejects.toThrow('no snapshot 3: the file holds 3, numbers 0 to 2');
    await expect(file.at(0.5)).rejects.toThrow('no snapshot 0.5');
  });

  test('form a chain: a snapshot taken out, or two swapped, is seen', async () => {
    const whole = await joinSnapshots(notes);
    const { snapshots } = await verifySnapshots(await openSnapshots(whole));
    const [first, second, third] = snapshots.map(({ offset }) => offset) as [number, number, number];
    const parts = {
      header: whole.subarray(0, HEADER),
      one: whole.subarray(first, second),
      two: whole.subarray(second, third),
      three: whole.subarray(third),
    };
    for (const order of [
      ['header', 'one', 'three'],
      ['header', 'two', 'one', 'three'],
    ] as const) {
      const bytes = await new Blob(order.map((part) => parts[part])).arrayBuffer();
      const report = await verifySnapshots(await openSnapshots(bytes));
      expect(report.intact).toBe(false);
    }
  });

  test('a snapshot rewritten with proper checksums breaks the chain after it', async () => {
    const report = await verifySnapshots(await openSnapshots(await joinSnapshots(notes, { unchained: 1 })));
    expect(report.snapshots.map(({ problems }) => problems.map(({ message }) => message))).toEqual([
      [],
      ['snapshot 1 does not continue the chain of the one before it'],
      [],
    ]);
  });

  test('damage to one costs that one alone', async () => {
    const bytes = await joinSnapshots(notes);
    const { snapshots } = await verifySnapshots(await openSnapshots(bytes));
    const [first, second, third] = snapshots.map(({ offset }) => offset) as [number, number, number];
    // Its frame header: the next frame is found by its marker.
    const noHeader = flip(bytes, second + 20, 0);
    const file = await openSnapshots(noHeader);
    expect(file.count).toBe(2);
    expect((await file.at(1)).note).toBe('three');
    expect(file.problems.map(({ message, offset }) => [message, offset])).toEqual([
      [`no frame header where one should be; ${third - second} bytes passed over`, second],
      ['frame 2 stands where frame 1 should: frames are missing or out of order', third],
    ]);
    // The length in it made huge, together with a proper checksum, would be believed; its checksum is not proper.
    // Its payload: the others are read, it says what is wrong.
    const noPayload = await openSnapshots(flip(bytes, first + 32 + 80, 3));
    await expect(noPayload.at(0)).rejects.toThrow(SnapshotError);
    expect((await noPayload.at(1)).note).toBe('two');
  });

  test('bytes missing from one cost that one alone', async () => {
    const bytes = await joinSnapshots(notes);
    const { snapshots } = await verifySnapshots(await openSnapshots(bytes));
    const [first, second] = snapshots.map(({ offset }) => offset) as [number, number];
    for (const [from, to] of [
      [first + 100, first + 110],
      [second - 40, second],
      [first + 32, second],
    ] as const) {
      const file = await openSnapshots(new Uint8Array([...bytes.subarray(0, from), ...bytes.subarray(to)]));
      expect(file.count).toBe(3);
      await expect(file.at(0)).rejects.toThrow(SnapshotError);
      expect((await file.at(1)).note).toBe('two');
      expect((await file.at(2)).note).toBe('three');
      expect(file.problems).toMatchObject([
        {
          code: 'damaged',
          message: expect.stringContaining('bytes are missing') as string,
          offset: second - (to - from),
        },
      ]);
    }
  });

  test('a frame that claims to reach beyond the file does not hide those after it', async () => {
    const bytes = await joinSnapshots(notes);
    const { snapshots } = await verifySnapshots(await openSnapshots(bytes));
    const [first, second] = snapshots.map(({ offset }) => offset) as [number, number];
    const short = bytes.subarray(0, second + 40);
    const file = await openSnapshots(
      new Uint8Array([...short.subarray(0, first + 32), ...short.subarray(second)]),
    );
    expect(file.problems[0]!.code).toBe('truncated');
    expect(file.problems[0]!.offset).toBe(first);
  });

  test('stray bytes in a frame are told by verify, under proper checksums too', async () => {
    const payload = await encodeSnapshotPayload(EXAMPLE_SNAPSHOT);
    const fileId = new Uint8Array(8);
    for (const [changed, stray] of [
      [new Uint8Array([...payload, 1, 2, 3, 4, 5, 6, 7, 8]), payload.length],
      [payload.slice(0, -4), payload.length - 4],
      [payload.with(payload.length - 1, 1), payload.length - 4],
    ] as const) {
      const bytes = new Uint8Array([...encodeFileHeader(fileId), ...encodeFrame(1, fileId, 0, changed)]);
      const report = await verifySnapshots(await openSnapshots(bytes));
      expect(report.snapshots[0]!.problems).toMatchObject([
        { message: 'snapshot 0 has bytes that belong to nothing in it, or lacks its last padding' },
      ]);
      expect(report.snapshots[0]!.problems[0]!.offset).toBeGreaterThanOrEqual(64 + stray);
    }
  });

  test('bytes in a payload that look like a frame are not taken for one', async () => {
    const foreign = await encodeSnapshotFile({ ...EXAMPLE_SNAPSHOT, note: 'smuggled' });
    const frame = foreign.subarray(HEADER);
    const [table] = EXAMPLE_SNAPSHOT.tables;
    const carrier = { ...EXAMPLE_SNAPSHOT, tables: [{ ...table!, bytes: frame }] };
    const bytes = flip(await encodeSnapshotFile(carrier), HEADER + 20, 0);
    const file = await openSnapshots(bytes);
    expect(file.count).toBe(0);
    await expect(file.at(-1)).rejects.toThrow('no frame header where one should be');
  });
});

describe('damage', () => {
  test('a file cut off at any byte is never read as whole', async () => {
    const bytes = await encodeSnapshotFile(EXAMPLE_SNAPSHOT);
    for (let length = 0; length < bytes.length; length++) {
      const error = await readError(bytes.subarray(0, length));
      const expected = length === 0 ? 'not-a-snapshot' : 'truncated';
      expect([length, error.code]).toEqual([length, expected]);
      expect(error.offset).toBeTypeOf('number');
    }
  });

  test('no flipped bit is read as right: it is found, or it changes nothing', async () => {
    const bytes = await encodeSnapshotFile(EXAMPLE_SNAPSHOT);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = flip(bytes, bit >> 3, bit & 7);
      const opened = await openSnapshots(damaged).catch((error: unknown) => error);
      if (opened instanceof SnapshotError) continue;
      const file = opened as Awaited<ReturnType<typeof openSnapshots>>;
      expect((await verifySnapshots(file)).intact, `bit ${bit}`).toBe(false);
      const snapshot = await file.at(0).catch((error: unknown) => error);
      if (!(snapshot instanceof SnapshotError)) expect(snapshot, `bit ${bit}`).toEqual(EXAMPLE_SNAPSHOT);
    }
  });

  test('verify tells what can still be read', async () => {
    const bytes = await encodeSnapshotFile(EXAMPLE_SNAPSHOT);
    const tableAt = bytes.length - 4 - 96;
    const table = await verifySnapshots(await openSnapshots(flip(bytes, tableAt + 50, 1)));
    expect(table.snapshots[0]!.metadata?.note).toBe('before the restart');
    expect(table.snapshots[0]!.tables).toMatchObject([{ class: 'tcp2', intact: false }]);
    const metadata = await verifySnapshots(await openSnapshots(flip(bytes, HEADER + 32 + 90, 1)));
    expect(metadata.snapshots[0]).toMatchObject({ tables: [] });
    expect(metadata.snapshots[0]!.metadata).toBeUndefined();
  });

  test('any bytes at all give an error of ours, never another', async () => {
    const valid = await encodeSnapshotFile(EXAMPLE_SNAPSHOT);
    const changes = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(changes, fc.uint8Array({ maxLength: 80 }), async (replacements, tail) => {
        const bytes = new Uint8Array([...valid, ...tail]);
        for (const [at, value] of replacements) bytes[at] = value;
        const error = await readError(bytes);
        if (error !== undefined) expect(error).toBeInstanceOf(SnapshotError);
      }),
      { numRuns: 1000 },
    );
  });
});

function flip(bytes: Uint8Array<ArrayBuffer>, at: number, bit: number): Uint8Array<ArrayBuffer> {
  const damaged = bytes.slice();
  damaged[at]! ^= 1 << bit;
  return damaged;
}

async function readError(bytes: Uint8Array): Promise<SnapshotError> {
  return openSnapshots(bytes)
    .then(async (file) => {
      await verifySnapshots(file);
      await file.at(-1);
      return undefined as unknown as SnapshotError;
    })
    .catch((error: unknown) => error as SnapshotError);
}

/** Property values that are absent and undefined are the same; −0 is stored as it is and compares as 0 here. */
function normal(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, member: unknown) =>
      member instanceof Uint8Array ? Array.from(member) : member,
    ),
  );
}
