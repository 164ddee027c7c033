import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createRecording,
  openSnapshots,
  RecordingLockedError,
  verifySnapshots,
  type Recording,
  type Snapshot,
} from '../../dist/node/index.js';
import { decodeRepair } from '../../dist/core/file/noteFrames.js';
import { RecordingSeries } from '../../dist/node/record/recordingSeries.js';
import { skippedFor } from '../cli/runCli.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { checkKilled } from './killed.js';
import { churn } from './programs/churn.mjs';

const folder = makeTemporaryFolder();
const at = (name: string): string => join(folder.path, name);

const snapshots = (count: number, seed = 1, rows = 50): Snapshot[] => {
  const machine = churn(seed, rows);
  return Array.from({ length: count }, () => machine.next().value);
};

async function recordAll(recording: Recording, taken: readonly Snapshot[]): Promise<void> {
  for (const snapshot of taken) await recording.append(snapshot);
  await recording.close();
}

/** The raw tables of a file, as text: comparing that is fast. */
async function tablesOf(path: string): Promise<string[]> {
  const file = await openSnapshots(path);
  const taken: Snapshot[] = [];
  for await (const snapshot of file) taken.push(snapshot);
  await file.close();
  return bytesOf(taken);
}

async function verify(path: string) {
  const file = await openSnapshots(path);
  const report = await verifySnapshots(file);
  await file.close();
  return report;
}

const bytesOf = (taken: readonly Snapshot[]): string[] =>
  taken.map(({ tables }) => Buffer.from(tables[0]!.bytes).toString('base64'));

describe('a recording', () => {
  test('comes back bit for bit, and takes much less than its tables', async () => {
    const taken = snapshots(40, 1, 500);
    await recordAll(await createRecording(at('whole.tcpsnap')), taken);
    expect(await tablesOf(at('whole.tcpsnap'))).toEqual(bytesOf(taken));
    expect((await verify(at('whole.tcpsnap'))).intact).toBe(true);
    const raw = taken.reduce((sum, { tables }) => sum + tables[0]!.bytes.length, 0);
    expect(statSync(at('whole.tcpsnap')).size).toBeLessThan(raw / 8);
  });

  test('tells what has changed since the snapshot before', async () => {
    const recording = await createRecording(at('changes.tcpsnap'));
    const [first] = snapshots(1, 1, 30);
    const table = first!.tables[0]!;
    const words = new Uint32Array(table.bytes.slice().buffer);
    words[2] = 0x0500000a;
    const changed = { ...first!, tables: [{ ...table, bytes: new Uint8Array(words.buffer) }] };
    expect(await recording.append(first!)).toEqual({ rows: 30, opened: 30, closed: 0 });
    expect(await recording.append(first!)).toEqual({ rows: 30, opened: 0, closed: 0 });
    expect(await recording.append(changed)).toEqual({ rows: 30, opened: 1, closed: 1 });
    await recording.close();
  });

  test('does not replace a file, unless it is told to', async () => {
    writeFileSync(at('existing.tcpsnap'), 'kept');
    await expect(createRecording(at('existing.tcpsnap'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(at('existing.tcpsnap'), 'utf8')).toBe('kept');
    await recordAll(await createRecording(at('existing.tcpsnap'), { replace: true }), snapshots(1));
    expect((await verify(at('existing.tcpsnap'))).intact).toBe(true);
  });

  test('has one writer: a second one is refused, whatever it wants to do', async () => {
    const recording = await createRecording(at('locked.tcpsnap'));
    await recording.append(snapshots(1)[0]!);
    for (const options of [{ append: true }, { replace: true }]) {
      await expect(createRecording(at('locked.tcpsnap'), options)).rejects.toThrow(RecordingLockedError);
    }
    await recording.append(snapshots(1)[0]!);
    await recording.close();
    expect(await verify(at('locked.tcpsnap'))).toMatchObject({ intact: true, snapshots: { length: 2 } });
    await (await createRecording(at('locked.tcpsnap'), { append: true })).close();
  });

  test('keeps the order of what is appended at once', async () => {
    const taken = snapshots(5);
    const recording = await createRecording(at('at-once.tcpsnap'));
    await Promise.all(taken.map((snapshot) => recording.append(snapshot)));
    await recording.close();
    expect(await tablesOf(at('at-once.tcpsnap'))).toEqual(bytesOf(taken));
  });

  test('notes gaps, each before the snapshot that follows it', async () => {
    const [first, second] = snapshots(2);
    const recording = await createRecording(at('gaps.tcpsnap'));
    const gap = { time: first!.time!, reason: 'the kernel did not answer' };
    await recording.append(first!);
    await recording.appendGap(gap);
    await recording.append(second!);
    await recording.close();
    const file = await openSnapshots(at('gaps.tcpsnap'));
    expect(await file.readGaps()).toEqual([{ ...gap, before: 1 }]);
    expect((await file.at(1)).tables[0]!.bytes).toEqual(second!.tables[0]!.bytes);
    expect((await verifySnapshots(file)).intact).toBe(true);
    await file.close();
  });
});

describe('a recording is continued', () => {
  test('with the same chain, after it was closed', async () => {
    const taken = snapshots(6);
    await recordAll(await createRecording(at('twice.tcpsnap')), taken.slice(0, 3));
    await recordAll(await createRecording(at('twice.tcpsnap'), { append: true }), taken.slice(3));
    expect(await tablesOf(at('twice.tcpsnap'))).toEqual(bytesOf(taken));
    expect((await verify(at('twice.tcpsnap'))).intact).toBe(true);
  });

  test('behind whatever was torn off its end, wherever, and that is kept', async () => {
    const taken = snapshots(3, 3, 4);
    await recordAll(await createRecording(at('torn.tcpsnap')), taken.slice(0, 2));
    const whole = readFileSync(at('torn.tcpsnap'));
    const second = (await verify(at('torn.tcpsnap'))).snapshots[1]!.offset;
    for (let length = second; length < whole.length; length += 7) {
      writeFileSync(at('torn.tcpsnap'), whole.subarray(0, length));
      const before = await tablesOf(at('torn.tcpsnap'));
      await recordAll(await createRecording(at('torn.tcpsnap'), { append: true }), taken.slice(2));
      const report = await verify(at('torn.tcpsnap'));
      expect(report.intact, `cut at byte ${length}`).toBe(true);
      expect(await tablesOf(at('torn.tcpsnap'))).toEqual([...before, ...bytesOf(taken.slice(2))]);
      const file = await openSnapshots(at('torn.tcpsnap'));
      const frame = [...file.scan.frames].find(({ type }) => type === 6)!;
      const repair = decodeRepair(await file.source.read(frame.payloadOffset, frame.payloadLength), 0);
      await file.close();
      expect(repair.offset).toBe(frame.offset);
      expect(repair.offset + repair.cutBytes).toBe(length);
      expect(repair.cut ?? new Uint8Array()).toEqual(new Uint8Array(whole.subarray(repair.offset, length)));
    }
  });

  test('not where it is none, or its header is damaged: then it is left as it is', async () => {
    await recordAll(await createRecording(at('header.tcpsnap')), snapshots(1));
    const damaged = readFileSync(at('header.tcpsnap'));
    damaged[20]! ^= 1;
    for (const [bytes, message] of [
      [Buffer.from('a letter'), 'not a snapshot file'],
      [damaged, 'the file header is damaged: record into a new file'],
    ] as const) {
      writeFileSync(at('other.tcpsnap'), bytes);
      await expect(createRecording(at('other.tcpsnap'), { append: true })).rejects.toThrow(message);
      expect(readFileSync(at('other.tcpsnap'))).toEqual(bytes);
    }
  });

  test('after its process was killed', async () => {
    for (const milliseconds of [0, 40, 80]) await checkKilled(at('killed.tcpsnap'), milliseconds);
  });
});

const noMount =
  process.platform !== 'linux' || process.geteuid?.() !== 0
    ? 'only root of Linux can mount a small disk'
    : undefined;

describe.skipIf(noMount)(`a full disk${skippedFor(noMount)}`, () => {
  test('takes nothing that was recorded before, and recording can go on when there is room', async () => {
    const disk = at('disk');
    mkdirSync(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]).status).toBe(0);
    try {
      writeFileSync(join(disk, 'ballast'), new Uint8Array(100_000));
      const path = join(disk, 'full.tcpsnap');
      const recording = await createRecording(path);
      const machine = churn(7, 500);
      const safe: string[] = [];
      const fill = async (): Promise<void> => {
        for (;;) {
          const snapshot = machine.next().value;
          await recording.append(snapshot);
          safe.push(...bytesOf([snapshot]));
        }
      };
      await expect(fill()).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(safe.length).toBeGreaterThan(5);
      expect(await tablesOf(path)).toEqual(safe);
      expect((await verify(path)).intact).toBe(true);

      rmSync(join(disk, 'ballast'));
      const snapshot = machine.next().value;
      await recording.append(snapshot);
      await recording.close();
      expect(await tablesOf(path)).toEqual([...safe, ...bytesOf([snapshot])]);
      expect((await verify(path)).intact).toBe(true);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

describe('a series of files', () => {
  test('goes on in a new file where one is large enough, with the chain of the one before', async () => {
    const taken = snapshots(12);
    const series = await RecordingSeries.start(at('series.tcpsnap'), {
      append: false,
      replace: false,
      maxBytes: 3000,
    });
    for (const snapshot of taken) await series.append(snapshot);
    await series.close();
    const names = folder.list().filter((name) => name.startsWith('series.'));
    expect(names.length).toBeGreaterThan(2);
    expect(names.sort()).toEqual([
      ...Array.from(
        { length: names.length - 1 },
        (_, i) => `series.${String(i + 2).padStart(4, '0')}.tcpsnap`,
      ),
      'series.tcpsnap',
    ]);
    const inOrder = ['series.tcpsnap', ...names.slice(0, -1)];
    const tables = await Promise.all(inOrder.map((name) => tablesOf(at(name))));
    expect(tables.flat()).toEqual(bytesOf(taken));
    let chain: string | undefined;
    for (const name of inOrder) {
      const report = await verify(at(name));
      expect(report.intact).toBe(true);
      const file = await openSnapshots(at(name));
      const [frame] = file.scan.frames;
      const previous = await file.source.read(frame!.payloadOffset, 32);
      await file.close();
      if (chain !== undefined) expect(Buffer.from(previous).toString('hex')).toBe(chain);
      chain = report.snapshots.at(-1)!.chain;
    }
  });

  test('keeps the newest files, and is continued with the last', async () => {
    const options = { append: true, replace: false, maxAgeMicroseconds: 1, keep: 3 };
    for (const part of [snapshots(5, 2), snapshots(2, 3)]) {
      const series = await RecordingSeries.start(at('kept.tcpsnap'), options);
      for (const snapshot of part) await series.append(snapshot);
      await series.close();
    }
    expect(folder.list().filter((name) => name.startsWith('kept.'))).toEqual([
      'kept.0005.tcpsnap',
      'kept.0006.tcpsnap',
      'kept.0007.tcpsnap',
    ]);
  });
});
