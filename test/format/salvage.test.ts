import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openSnapshots, type Snapshot } from 'tcpscope/core';
import { salvageSnapshot } from '../../dist/core/file/salvage.js';
import { wholeRows } from '../../dist/core/wholeRows.js';
import { AT, fileOf, flipBit, RAW, row, ESTABLISHED, snapshotOf, tcp2Table } from '../cli/snapshotFiles.js';
import { encodeRows } from '../reference/arbitraryTable.js';
import { smallRecording } from '../reference/damagedRecording.js';

const ROW_BYTES = 28;
const rows = Array.from({ length: 20 }, (_, i) =>
  row(ESTABLISHED, `10.0.0.1:${1000 + i}`, '10.0.0.2:443', i),
);
const TABLE = encodeRows(rows);
const SNAPSHOT = snapshotOf([], [{ pid: 1, name: 'nginx.exe' }], {
  tables: [tcp2Table(RAW), tcp2Table(TABLE, { extras: { uid: new Uint8Array(rows.length * 4).fill(7) } })],
});
const FILE = await fileOf(SNAPSHOT);
const TABLE_AT = FILE.indexOf(TABLE);

async function salvage(bytes: Uint8Array): Promise<{ snapshot: Snapshot; problems: string[] } | undefined> {
  try {
    const { snapshot, problems } = await salvageSnapshot(await openSnapshots(bytes), 0);
    return { snapshot, problems: problems.map(({ message }) => message) };
  } catch {
    return undefined;
  }
}

test('of a file that was cut off at any byte, every row that is whole is there, bit for bit', async () => {
  for (let length = AT.payload; length < FILE.length; length++) {
    const found = await salvage(FILE.subarray(0, length));
    if (found === undefined) {
      // Only what describes the tables is indispensable.
      expect(length).toBeLessThan(TABLE_AT - RAW.length);
      continue;
    }
    const { snapshot, problems } = found;
    expect(snapshot.processes).toEqual(SNAPSHOT.processes);
    const bytes = snapshot.tables[1]!.bytes;
    const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    const whole = Math.max(
      0,
      Math.floor((Math.min(length, TABLE_AT + TABLE.length) - TABLE_AT - 4) / ROW_BYTES),
    );
    expect(count, `${length}`).toBe(whole);
    expect(bytes.subarray(4, 4 + count * ROW_BYTES)).toEqual(TABLE.subarray(4, 4 + count * ROW_BYTES));
    expect(snapshot.tables[1]!.extras?.['uid']?.length ?? 0).toBe(
      length < TABLE_AT + 4 ? rows.length * 4 : count * 4,
    );
    expect(problems[0]).toMatch(/^the file ends inside snapshot 0: \d+ of its \d+ bytes are there$/);
    if (whole < rows.length)
      expect(problems.at(-1)).toMatch(/^table 1 \(tcp2\) is not a(?: whole)? MIB_TCPTABLE2: /);
  }
});

test('a snapshot that was cut off behind whole ones is read by the number that it would have', async () => {
  const both = await fileOf(snapshotOf([rows[0]!]), SNAPSHOT);
  const file = await openSnapshots(both.subarray(0, both.lastIndexOf(TABLE) + 4 + 3 * ROW_BYTES));
  expect(file.count).toBe(1);
  const { snapshot, problems } = await salvageSnapshot(file, 1);
  const kept = snapshot.tables[1]!.bytes;
  expect(kept.subarray(4)).toEqual(TABLE.subarray(4, 4 + 3 * ROW_BYTES));
  expect(problems[0]!.message).toMatch(/^the file ends inside snapshot 1: /);
  expect((await salvageSnapshot(file, 0)).problems).toEqual([]);
  await expect(salvageSnapshot(file, 2)).rejects.toThrow();
});

test('whatever bit is wrong: what is told to be damaged is shown as it stands, and nothing is taken for whole', async () => {
  for (let at = AT.payload; at < FILE.length - 4; at += 3) {
    const found = await salvage(flipBit(FILE, at));
    if (found === undefined) continue;
    const { problems, snapshot } = found;
    const own = { ...SNAPSHOT, tables: SNAPSHOT.tables.map(({ bytes }) => [...bytes]) };
    const shown = { ...snapshot, tables: snapshot.tables.map(({ bytes }) => [...bytes]) };
    // Bits of padding mean nothing.
    if (problems.length === 0) expect(shown.tables).toEqual(own.tables);
  }
  const found = await salvage(flipBit(FILE, TABLE_AT + 4 + 12));
  expect(found!.problems).toEqual([
    'table 1 (tcp2) is damaged: its bytes do not have the SHA-256 that was stored with them, so any of its rows may be wrong',
  ]);
  expect(found!.snapshot.tables[1]!.bytes).toEqual(new Uint8Array(flipBit(TABLE, 16)));
});

test('a snapshot that is begun is there before its digests are, which then say that it is damaged', async () => {
  const begun = await (await openSnapshots(FILE)).begin(0);
  await begun.checked;
  expect(begun.snapshot).toEqual(await (await openSnapshots(FILE)).at(0));
  const { snapshot, checked } = await (await openSnapshots(flipBit(FILE, TABLE_AT + 4 + 12))).begin(0);
  expect(snapshot.tables[1]!.bytes).toEqual(new Uint8Array(flipBit(TABLE, 16)));
  await expect(checked).rejects.toThrow('table 1 (tcp2) is damaged');
});

test('what is not damaged is read as it is', async () => {
  expect(await salvage(FILE)).toEqual({ snapshot: await (await openSnapshots(FILE)).at(0), problems: [] });
});

describe('whole rows', () => {
  test('a table never claims more rows than its bytes hold, and keeps those', () => {
    const bytes = fc.tuple(fc.nat(30), fc.nat(0xffffffff), fc.nat(200), fc.nat(3));
    fc.assert(
      fc.property(bytes, ([count, claimed, cut, slack]) => {
        const table = encodeRows(rows.slice(0, count % rows.length));
        const raw = new Uint8Array(Math.max(0, table.length - cut) + slack);
        raw.set(table.subarray(0, raw.length));
        if (raw.length >= 4 && claimed % 2 === 0) new DataView(raw.buffer).setUint32(0, claimed, true);
        const before = [...raw];
        const { table: found, problem } = wholeRows(tcp2Table(raw));
        expect([...raw]).toEqual(before);
        const own = raw.length < 4 ? 0 : new DataView(raw.buffer).getUint32(0, true);
        const kept = new DataView(found.bytes.buffer, found.bytes.byteOffset).getUint32(0, true);
        const room = Math.max(0, Math.floor((raw.length - 4) / ROW_BYTES));
        expect(kept).toBe(Math.min(own, room));
        expect(problem === undefined).toBe(raw.length >= 4 && own <= room);
        // A part of a row is not left for anybody to wonder about.
        expect(found.bytes.length).toBe(problem === undefined ? raw.length : 4 + kept * ROW_BYTES);
        expect(found.bytes.subarray(4, 4 + kept * ROW_BYTES)).toEqual(raw.subarray(4, 4 + kept * ROW_BYTES));
      }),
    );
  });
});

test('of a recording whose keyframe has a wrong byte, what is made from it is shown as it comes out, and told to be damaged', async () => {
  const { bytes, frames, snapshots } = await smallRecording();
  const first = snapshots[0]!.tables[0]!.bytes;
  const firstAt = Buffer.from(bytes).indexOf(first);
  let refused = 0;
  for (let at = firstAt; at < firstAt + first.length; at++) {
    const file = await openSnapshots(flipBit(bytes, at));
    for (const [number, { tables }] of snapshots.entries()) {
      const { snapshot, problems } = await salvageSnapshot(file, number);
      const isRefused = await file.at(number).then(
        () => false,
        () => true,
      );
      // Where the row is gone by then, nothing is wrong.
      expect(problems.length > 0).toBe(isRefused);
      if (isRefused && number > 0) refused++;
      for (const [i, table] of snapshot.tables.entries()) {
        const isTold = problems.some(({ message }) => message.startsWith(`table ${i} `));
        if (!isTold) expect(table.bytes).toEqual(tables[i]!.bytes);
      }
      for (const { offset } of problems) expect(offset).toBeGreaterThanOrEqual(frames[number]!.offset);
      // All but the number of rows, which may be more than there are now.
      if (at >= firstAt + 4) {
        expect(snapshot.tables.map((table) => table.bytes.length)).toEqual(
          tables.map((table) => table.bytes.length),
        );
      }
    }
  }
  expect(refused).toBeGreaterThan(10);
});

test('of a delta that does not vouch for itself nothing is shown', async () => {
  const { bytes, frames } = await smallRecording();
  const CHAIN_AT = 32 + 32;
  const file = await openSnapshots(flipBit(bytes, frames[1]!.offset + CHAIN_AT));
  await expect(salvageSnapshot(file, 1)).rejects.toThrow('its chain value does not match');
});
