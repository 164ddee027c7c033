import { describe, expect, test } from 'vitest';
import { openSnapshots, SnapshotError, verifySnapshots } from 'tcpscope/core';
import { WEB_PRIMITIVES } from '../../dist/core/file/primitives.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import { encodeRows } from '../reference/arbitraryTable.js';
import { craftDelta, craftFile, craftKeyframe, sha256, tableEntry } from '../reference/craftedRecording.js';

const TABLE = encodeRows([[5, 1, 2, 3, 4, 5, 6]]);
const KEYFRAME = craftKeyframe(TABLE);
const DIGEST = sha256(TABLE);

/** Bytes by which the memory of this process grew at most while `work` ran. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
  await work();
  clearInterval(timer);
  return Math.max(most, process.memoryUsage().rss) - before;
}

const MIB = 2 ** 20;

describe('memory is bounded', () => {
  test('where every delta on the way to a keyframe inflates to a hundred megabytes', async () => {
    const stored = new Uint8Array(100 * MIB);
    const frames = [
      KEYFRAME,
      ...Array.from({ length: 12 }, (_, base) => craftDelta({ base, stored, digests: [DIGEST] })),
    ];
    expect(craftFile(frames).length).toBeLessThan(2 * MIB);
    const file = await openSnapshots(craftFile(frames), NODE_PRIMITIVES);
    const grown = await growth(async () => {
      await expect(file.at(-1)).rejects.toThrow(SnapshotError);
    });
    expect(grown).toBeLessThan(600 * MIB);
  });

  test('where more comes out than a body may have', async () => {
    const bomb = craftDelta({ stored: new Uint8Array(200 * MIB), bodyLength: 1000 });
    for (const primitives of [NODE_PRIMITIVES, WEB_PRIMITIVES]) {
      const file = await openSnapshots(craftFile([KEYFRAME, bomb]), primitives);
      const grown = await growth(() => expect(file.at(1)).rejects.toThrow('cannot be read'));
      expect(grown).toBeLessThan(100 * MIB);
    }
  });

  test('where a column grows by a row of twenty megabytes at a time', async () => {
    const keyframe = craftKeyframe(TABLE, {
      tables: [tableEntry(TABLE, { extras: { wide: new Uint8Array(20 * MIB) } })],
    });
    // Of each of the five million words nothing has changed, and the new row has a zero.
    const values = new Uint8Array(5 * MIB * (1 + 4));
    const frames = [0, 1, 2].map((base) =>
      craftDelta({
        base,
        changes: { tables: { changed: [[0, { baseTable: 0 }]] } },
        rows: [
          { first: 4, size: 28, map: Uint8Array.of(1, base + 1, 0), columns: { wide: [5 * MIB, values] } },
        ],
        stored: TABLE,
        digests: [DIGEST],
      }),
    );
    const file = await openSnapshots(craftFile([keyframe, ...frames]), NODE_PRIMITIVES);
    expect((await file.at(2)).tables[0]!.extras!['wide']).toHaveLength(60 * MIB);
    await expect(file.at(3)).rejects.toThrow('at most 1048576 values and 67108864 bytes are allowed');
  });

  test('where patches grow: text, binary data, and the names of keys', async () => {
    for (const change of [
      (i: number) => ({ [`text${i}`]: 'x'.repeat(20 * MIB) }),
      (i: number) => ({ [`binary${i}`]: new Uint8Array(20 * MIB) }),
      (i: number) => ({ [`${i}`.repeat(20 * MIB)]: 1 }),
    ]) {
      const frames = [0, 1, 2, 3].map((base) =>
        craftDelta({ base, changes: change(base), stored: TABLE, digests: [DIGEST] }),
      );
      const file = await openSnapshots(craftFile([KEYFRAME, ...frames]), NODE_PRIMITIVES);
      expect((await file.at(3)).tables).toHaveLength(1);
      await expect(file.at(4)).rejects.toThrow('at most 1048576 values and 67108864 bytes are allowed');
    }
  });

  test('changes, gaps and repairs larger than metadata may be', async () => {
    const large = new Uint8Array(65 * MIB);
    const delta = craftDelta({ changes: { large }, stored: TABLE, digests: [DIGEST] });
    const file = await openSnapshots(craftFile([KEYFRAME, delta]), NODE_PRIMITIVES);
    const read: unknown = await file.at(1).catch((error: unknown) => error);
    expect(read).toMatchObject({
      code: 'bad-metadata',
      message: expect.stringContaining('at most 67108864') as string,
    });
    for (const type of [4, 6]) {
      const report = await verifySnapshots(
        await openSnapshots(craftFile([KEYFRAME, { type, payload: large }])),
      );
      expect(report.problems[0]!.message).toContain('at most 67108864');
    }
  });

  test('where many snapshots are read that share nothing', async () => {
    const frames = Array.from({ length: 150 }, (_, base) =>
      craftDelta({
        base: 0,
        changes: { own: Array<number>(400_000).fill(base) },
        stored: TABLE,
        digests: [DIGEST],
      }),
    );
    const file = await openSnapshots(craftFile([KEYFRAME, ...frames]), NODE_PRIMITIVES);
    const grown = await growth(async () => {
      for await (const snapshot of file) expect(snapshot.provider).toBe('z');
    });
    expect(grown).toBeLessThan(400 * MIB);
  });
});
