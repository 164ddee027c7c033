import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { createDecoder, encodeSnapshotFile, type ProcessInfo, type Snapshot } from 'tcpscope/core';
import { Decoder } from '../../dist/core/decoder.js';
import { decodeMessagePack } from '../../dist/core/file/messagePack/decode.js';
import { checkMetadata } from '../../dist/core/file/metadata.js';
import { readSoleSnapshot } from '../../dist/core/file/soleSnapshot.js';
import {
  scanProcesses,
  storedProcessesOf,
  type StoredProcesses,
} from '../../dist/core/file/storedProcesses.js';
import { encodeRows } from '../reference/arbitraryTable.js';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';

/** As the format has them: numbers of more than 32 bits as integers, which msgpackr makes of BigInts alone. */
function withBigInts(value: unknown): unknown {
  if (typeof value === 'number') return value > 0xffffffff ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(withBigInts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withBigInts(member)]));
}

const [packLong, pack] = [false, true].map((variableMapSize) => {
  const packr = new Packr({ useRecords: false, variableMapSize });
  return (value: unknown): Uint8Array => new Uint8Array(packr.pack(withBigInts(value)));
}) as [(value: unknown) => Uint8Array, (value: unknown) => Uint8Array];

const START = `b4${Buffer.from('startUtcMicroseconds').toString('hex')}`;

const decoders = await Promise.all(
  ['tcpscope.wasm', 'tcpscope.debug.wasm'].map((name) =>
    createDecoder(readFileSync(new URL(`../../dist/${name}`, import.meta.url))),
  ),
);

function scan(bytes: Uint8Array): StoredProcesses | undefined {
  const [released, debug] = decoders.map((decoder) => scanProcesses(Decoder.engineOf(decoder), bytes));
  const told = (found: StoredProcesses | undefined) =>
    found && [found.length, found.values, ...found.columns];
  assert.deepEqual(told(debug), told(released));
  return released;
}

/** What the decoder of all metadata, and the checks of it, make of a list of processes; undefined where they refuse it. */
function decoded(list: Uint8Array): readonly ProcessInfo[] | undefined {
  const rest = Buffer.from(pack({ tool: { name: '', version: '', runtime: '' }, provider: '', tables: [] }));
  // One member more.
  rest[0]!++;
  const document = Buffer.concat([rest, pack('processes'), list]);
  try {
    return checkMetadata(decodeMessagePack(document, 0), 0).processes;
  } catch {
    return undefined;
  }
}

function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, member) => sum + valuesIn(member), 1);
}

/** That what is accepted is what decoding gives. */
function expectRight(bytes: Uint8Array, found: StoredProcesses): void {
  const expected = decoded(bytes.subarray(0, found.length))!;
  expect(expected).toBeDefined();
  assert.deepEqual(found.all, expected);
  expect(found.count).toBe(expected.length);
  expect(found.values).toBe(valuesIn(expected));
  for (const [i, { pid, name }] of expected.entries()) {
    const [ownPid, at, length] = found.columns.subarray(i * 3) as unknown as [number, number, number];
    assert.deepEqual([ownPid, Buffer.from(found.bytes.subarray(at, at + length)).toString()], [pid, name]);
  }
}

const pids = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 0xffffffff }));
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', 'svchost.exe', 'é', '日本', '😀'),
);
const processes: fc.Arbitrary<ProcessInfo[]> = fc.array(
  fc.record(
    {
      pid: pids,
      name: text,
      path: text,
      startUtcMicroseconds: fc.maxSafeNat(),
      parentPid: pids,
      user: text,
      userName: text,
      session: pids,
      commandLine: fc.oneof(text, fc.constantFrom('x'.repeat(300), 'é'.repeat(40_000))),
    },
    { requiredKeys: ['pid', 'name'] },
  ),
  { maxLength: 20 },
);

/** A snapshot of rows with these pids. */
function snapshotOf(owners: readonly number[], listed: readonly ProcessInfo[]): Snapshot {
  const [table] = EXAMPLE_SNAPSHOT.tables;
  const bytes = encodeRows(owners.map((owner) => [5, 1, 1, 1, 1, owner, 0]));
  return { ...EXAMPLE_SNAPSHOT, processes: listed, tables: [{ ...table!, bytes }] };
}

const hasSha256 = (digest: Uint8Array, ...parts: readonly Uint8Array[]): boolean =>
  createHash('sha256').update(Buffer.concat(parts)).digest().equals(digest);

describe('lists of processes', () => {
  test('every list is read as decoding reads it, with whatever follows it', () => {
    fc.assert(
      fc.property(processes, fc.boolean(), fc.uint8Array({ maxLength: 20 }), (list, isLong, rest) => {
        const bytes = isLong ? packLong(list) : pack(list);
        const found = scan(Buffer.concat([bytes, rest]))!;
        expect(found?.length).toBe(bytes.length);
        expectRight(bytes, found);
      }),
    );
  });

  test('a list that is cut anywhere is refused', () => {
    const bytes = pack([{ pid: 70_000, name: 'é', path: 'x'.repeat(300), startUtcMicroseconds: 2 ** 50 }]);
    for (let length = 0; length < bytes.length; length++)
      expect(scan(bytes.subarray(0, length))).toBe(undefined);
    expect(scan(bytes)).toBeDefined();
  });

  test('whatever is written over it: what is accepted, decoding accepts too, and reads as the same', () => {
    const change = fc.tuple(
      fc.nat(),
      fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xc3, 0xd3, 0xd9, 0xdc, 0xed)),
    );
    let accepted = 0;
    fc.assert(
      fc.property(processes, fc.array(change, { minLength: 1, maxLength: 3 }), (list, changes) => {
        const bytes = Buffer.from(pack(list.slice(0, 3)));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const found = scan(bytes);
        if (found === undefined) return;
        expectRight(bytes, found);
        accepted++;
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  test.each([
    ['a key twice', '91 83 a3706964 01 a46e616d65 a161 a3706964 02'],
    ['no name', '91 81 a3706964 01'],
    ['no pid', '91 81 a46e616d65 a161'],
    ['a pid below zero', '91 82 a3706964 ff a46e616d65 a161'],
    ['a pid of more than 32 bits', '91 82 a3706964 cf0000000100000000 a46e616d65 a161'],
    ['a time below zero', `91 83 a3706964 01 a46e616d65 a161 ${START} d3ffffffffffffffff`],
    ['a time of more than 2^53', `91 83 a3706964 01 a46e616d65 a161 ${START} cf0020000000000000`],
    ['a number for a name', '91 82 a3706964 01 a46e616d65 01'],
    ['an overlong character', '91 82 a3706964 01 a46e616d65 a2c0af'],
    ['a surrogate', '91 82 a3706964 01 a46e616d65 a3eda080'],
    ['more members than bytes', 'ddffffffff 82 a3706964 01 a46e616d65 a161'],
    ['a map', '81 a161 01'],
  ])('refuses %s', (_, hexadecimal) => {
    const bytes = Buffer.from(hexadecimal.replaceAll(' ', ''), 'hex');
    expect(scan(bytes)).toBe(undefined);
    expect(decoded(bytes)).toBe(undefined);
  });

  test('keys that this version does not know are left to decoding', () => {
    const bytes = pack([{ pid: 1, name: 'a', later: [1] }]);
    expect(scan(bytes)).toBe(undefined);
    expect(decoded(bytes)).toEqual([{ pid: 1, name: 'a', later: [1] }]);
  });
});

describe('a file whose processes are not decoded', () => {
  test('is the same snapshot, and its rows have the same processes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(processes, fc.array(pids, { maxLength: 5 })), { minLength: 1, maxLength: 4 }),
        async (machines) => {
          const [decoder] = decoders as [Decoder];
          const engine = Decoder.engineOf(decoder);
          const files = await Promise.all(
            machines.map(([listed, others]) =>
              encodeSnapshotFile(snapshotOf([...listed.map(({ pid }) => pid), ...others], listed)),
            ),
          );
          const plain = files.map((file) => readSoleSnapshot(file, hasSha256)!.snapshot);
          const lazy = files.map((file) => readSoleSnapshot(file, hasSha256, engine)!.snapshot);
          expect(lazy.every(storedProcessesOf)).toBe(true);
          const rows = [lazy, plain, [lazy[0]!, ...plain.slice(1)]].map((snapshots) => {
            using table = decoder.decodeSnapshots(snapshots);
            return table.rows(Array.from({ length: table.rowCount }, (_, row) => row));
          });
          expect(rows[0]).toEqual(rows[1]);
          expect(rows[2]).toEqual(rows[1]);
          expect(lazy).toEqual(plain);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('of several processes with one pid the last one counts', async () => {
    const listed = [7, 8, 7, 8].map((pid, i) => ({ pid, name: i === 3 ? '' : `p${i}` }));
    const file = await encodeSnapshotFile(snapshotOf([7, 8, 9], listed));
    const [decoder] = decoders as [Decoder];
    for (const engine of [undefined, Decoder.engineOf(decoder)]) {
      using table = decoder.decodeSnapshot(readSoleSnapshot(file, hasSha256, engine)!.snapshot);
      expect(table.rows([0, 1, 2]).map((row) => row.process)).toEqual(['p2', 'p1', null]);
    }
  });
});
