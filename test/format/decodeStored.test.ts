import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDecoder, encodeSnapshotFile, openSnapshots, SnapshotError } from 'tcpscope';
import {
  ADDED_KEYS,
  CONNECTION_KEYS,
  FIELDS,
  type ByteSource,
  type ConnectionKey,
  type Snapshot,
  type Table,
} from 'tcpscope/core';
import { Decoder } from '../../dist/core/decoder.js';
import { decodeIntact, decodeStored } from '../../dist/core/file/decodeStored.js';
import type { ByteStream } from '../../dist/core/file/byteSource.js';
import { enginePrimitives } from '../../dist/core/file/enginePrimitives.js';
import { readableBytes } from '../../dist/core/file/readableBytes.js';
import { StreamedTable } from '../../dist/core/file/streamedTable.js';
import { findingsIn } from '../../dist/core/findings/findings.js';
import { openBytes } from '../../dist/node/files/fileSource.js';
import { NODE_PRIMITIVES, sha256 } from '../../dist/node/files/nodePrimitives.js';
import { snapshotOf } from '../cli/snapshotFiles.js';
import { rawTableOf } from '../reference/arbitrarySockets.js';
import {
  asConnection,
  CLASS_NAMES,
  decodeSockets,
  STRUCTURES,
  unnamed,
  type ClassName,
  type Structure,
} from '../reference/mibTables.js';

const decoder = await createDecoder();
const KEYS: readonly ConnectionKey[] = [...CONNECTION_KEYS, ...ADDED_KEYS];

function all({ rowCount }: Table): Uint32Array {
  return Uint32Array.from({ length: rowCount }, (_, row) => row);
}

/** Bytes that come in pieces of these lengths, again and again; `meanwhile` runs while they are waited for. */
function inPieces(bytes: Uint8Array, lengths: readonly number[], meanwhile: () => void): ByteStream {
  let [at, piece] = [0, 0];
  return {
    async ready(most) {
      meanwhile();
      await Promise.resolve();
      return Math.min(most, lengths[piece++ % lengths.length]!, bytes.length - at);
    },
    take(to) {
      to.set(bytes.subarray(at, at + to.length));
      at += to.length;
    },
    close: async () => {},
  };
}

/** A source of bytes in memory that come in pieces. */
function sourceOf(bytes: Uint8Array, lengths: readonly number[], meanwhile = (): void => {}): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.slice(offset, offset + length),
    stream: (offset, length) => inPieces(bytes.subarray(offset, offset + length), lengths, meanwhile),
    close: async () => {},
  };
}

const OTHER = rowTable('tcp6-owner-module', 700);

test('tables of all classes, in pieces of any length, while the engine does other work: rows as the reference reads them', async () => {
  const stored = fc
    .constantFrom(...CLASS_NAMES)
    .chain((name) =>
      fc.tuple(
        fc.constant(name),
        rawTableOf(name),
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 6 }),
      ),
    );
  await fc.assert(
    fc.asyncProperty(
      stored,
      fc.boolean(),
      fc.nat(9),
      async ([name, withSlack, lengths], isHashed, before) => {
        // What stands behind the rows would have it read otherwise.
        const { first, size } = STRUCTURES[name];
        const rows = new DataView(withSlack.buffer).getUint32(0, true);
        const bytes = withSlack.slice();
        bytes.fill(0, first + rows * size);
        const file = new Uint8Array(before + bytes.length);
        file.set(bytes, before);
        const source = sourceOf(file, lengths, () => decoder.decode(OTHER, 'tcp6-owner-module').free());
        const place = {
          stored: {
            class: name,
            scope: 'all',
            synthesized: false,
            encoding: 0,
            length: bytes.length,
            storedLength: bytes.length,
            sha256: sha256(bytes),
          },
          index: 0,
          offset: before,
        };
        const streamed = (await StreamedTable.at(source, place, NODE_PRIMITIVES))!;
        const snapshot = { ...snapshotOf([], []), tables: [streamed.info] };
        const table = await decoder.decodeIncoming(snapshot, (_info, engine, columns, firstRow) =>
          streamed.decode(engine, columns, firstRow, isHashed),
        );
        const read = decoder.decodeSnapshot({ ...snapshot, tables: [{ ...place.stored, bytes }] });
        expect(table.rows(all(table)).map(unnamed)).toEqual(decodeSockets(name, bytes).map(asConnection));
        expect(table.rows(all(table), KEYS)).toEqual(read.rows(all(read), KEYS));
        for (const field of FIELDS) {
          if (field === 'process') continue;
          expect(table.countBy(field)).toEqual(read.countBy(field));
          expect(table.order([field])).toEqual(read.order([field]));
        }
        await streamed.check(async () => {});
        table.free();
        read.free();
      },
    ),
    { numRuns: 300 },
  );
});

/** Rows that vary in all words, but few values of what findings count one by one; their ports have nothing in the upper halves. */
function rowTable(name: ClassName, rows: number): Uint8Array<ArrayBuffer> {
  const structure: Structure = STRUCTURES[name];
  const { first, size, localPort, remotePort, state, offload } = structure;
  const words = new Uint32Array((first + rows * size) / 4);
  let value = 1;
  for (let at = first / 4; at < words.length; at++)
    words[at] = value = (Math.imul(value, 0x9e3779b1) + 0x85ebca6b) >>> 0;
  const keepBits = (offset: number | undefined, bits: number): void => {
    if (offset === undefined) return;
    for (let row = 0; row < rows; row++) words[(first + row * size + offset) / 4]! &= bits;
  };
  keepBits(localPort, 0xffff);
  keepBits(remotePort, 0xffff);
  keepBits(state, 15);
  keepBits(offload, 7);
  words[0] = rows;
  return new Uint8Array(words.buffer);
}

const PROCESSES = [4, 8, 1000].map((pid) => ({ pid, name: `p${pid}` }));

/** A large table of each kind, one that is joined to another, and small ones. */
const SNAPSHOT: Snapshot = {
  ...snapshotOf([], PROCESSES),
  tables: [
    { class: 'udp', scope: 'all', synthesized: false, bytes: rowTable('udp', 20) },
    { class: 'tcp2', scope: 'all', synthesized: false, bytes: rowTable('tcp2', 50_001) },
    { class: 'tcp6-owner-pid', scope: 'all', synthesized: false, bytes: rowTable('tcp6-owner-pid', 25_003) },
    {
      class: 'tcp-owner-module',
      scope: 'all',
      synthesized: false,
      bytes: rowTable('tcp-owner-module', 10_000),
    },
    { class: 'of-a-later-version', scope: 'all', synthesized: false, bytes: new Uint8Array(77) },
  ],
};
const FILE = await encodeSnapshotFile(SNAPSHOT);

/** The same with other bytes in a table. */
function withBytes(place: number, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): Snapshot {
  const tables = SNAPSHOT.tables.map((table, i) =>
    i === place ? { ...table, bytes: change(new Uint8Array(table.bytes)) } : table,
  );
  return { ...SNAPSHOT, tables };
}

const PAUSES = [
  ['digests on the way', undefined],
  ['digests afterwards', async () => {}],
] as const;

test.each(PAUSES)(
  'a snapshot of several tables tells what it tells when it is read first (%s)',
  async (_, pause) => {
    for (const snapshot of [
      SNAPSHOT,
      withBytes(1, (bytes) => bytes.fill(7, 4 + 28 * 40_000 + 10, 4 + 28 * 40_000 + 12)),
      withBytes(2, (bytes) => padded(bytes, 9000, 0)),
      withBytes(2, (bytes) => padded(bytes, 9000, 1)),
    ]) {
      const file = await openSnapshots(sourceOf(await encodeSnapshotFile(snapshot), [300_000, 1, 77_777]));
      const decoded = await decodeStored(file, -1, decoder, pause);
      await decoded.check();
      const read = await file.at(-1);
      const table = decoder.decodeSnapshot(read);
      const rows = Uint32Array.of(0, 1, 19, 20, 40_020, 40_021, 50_020, 50_021, table.rowCount - 1);
      expect(decoded.table.rows(rows, KEYS)).toEqual(table.rows(rows, KEYS));
      for (const field of ['local', 'rport', 'pid', 'process', 'lporthigh', 'rporthigh', 'created'] as const)
        expect(decoded.table.countBy(field, undefined, 100)).toEqual(table.countBy(field, undefined, 100));
      expect(
        Buffer.compare(Buffer.from(decoded.table.order().buffer), Buffer.from(table.order().buffer)),
      ).toBe(0);
      expect(decoded.table.undecoded).toEqual(['of-a-later-version']);
      expect(decoded.table.joinedTables()).toEqual(table.joinedTables());
      expect(findingsIn(decoded.table, decoded.snapshot)).toEqual(findingsIn(table, read));
      expect(JSON.stringify(decoded.snapshot, withoutBytes)).toBe(JSON.stringify(read, withoutBytes));
      for (const [i, info] of decoded.snapshot.tables.entries()) {
        const { bytes } = read.tables[i]!;
        expect(await decoded.read(info, 60, 28)).toEqual(bytes.slice(60, 88));
        expect(await decoded.read(info, bytes.length - 5, 28)).toEqual(bytes.slice(-5));
      }
      decoded.table.free();
      table.free();
    }
  },
);

function padded(bytes: Uint8Array, length: number, last: number): Uint8Array {
  const longer = new Uint8Array(bytes.length + length);
  longer.set(bytes);
  longer[longer.length - 1] = last;
  return longer;
}

function withoutBytes(_key: string, value: unknown): unknown {
  return value instanceof Object && 'length' in value && !Array.isArray(value) ? value.length : value;
}

test('the bytes of large tables are not kept', async () => {
  const { snapshot, table } = await decodeIntact(await openSnapshots(sourceOf(FILE, [1e6])), 0, decoder);
  const kept = snapshot.tables.map(({ bytes }) => bytes instanceof Uint8Array);
  expect(kept).toEqual([true, false, false, true, true]);
  table.free();
});

test.each(PAUSES)(
  'whatever byte is wrong: the same is said as when it is read first (%s)',
  async (_, pause) => {
    const own = await createDecoder();
    const random = fc.sample(fc.nat(FILE.length - 5), { numRuns: 50, seed: 5 });
    // Of the header, the frame's, the payload before its metadata; and of what tables begin with, their counts.
    const heads = Array.from({ length: 40 }, (_, i) => i * 5);
    const counts = SNAPSHOT.tables.flatMap(({ bytes }) => {
      const at = Buffer.from(FILE).indexOf(bytes.subarray(0, 64));
      return [at, at + 1, at + 3];
    });
    for (const at of [...random, ...heads, ...counts]) {
      const bytes = FILE.slice();
      bytes[at]! ^= 1;
      const read = await attempt(async () => {
        const file = await openSnapshots(bytes);
        own.decodeSnapshot(await file.at(0)).free();
      });
      const streamed = await attempt(async () => {
        const decoded = await decodeStored(await openSnapshots(sourceOf(bytes, [1e5])), 0, own, pause);
        try {
          await decoded.check();
        } finally {
          decoded.table.free();
        }
      });
      expect(streamed).toEqual(read);
    }
    expect(Decoder.engineOf(decoder).blockCount).toBe(0);
  },
  60_000,
);

/** What is said of it, and where. */
async function attempt(work: () => Promise<void>): Promise<object | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    return { code: error.code, message: error.message, offset: error.offset };
  }
}

test('a file of Node is read into the memory of the module, and nowhere else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcpscope-'));
  try {
    const path = join(folder, 'a.tcpsnap');
    writeFileSync(path, FILE);
    const source = await openBytes(path);
    let into = 0;
    const stream: ByteSource['stream'] = (offset, length) => {
      const opened = source.stream!(offset, length);
      return {
        ...opened,
        take(to) {
          if (to.buffer === Decoder.engineOf(decoder).bytes.buffer) into += to.length;
          opened.take(to);
        },
      };
    };
    const file = await openSnapshots({ ...source, stream }, NODE_PRIMITIVES);
    const { table } = await decodeIntact(file, 0, decoder);
    expect(into).toBe(50_001 * 28 + 25_003 * STRUCTURES['tcp6-owner-pid'].size);
    expect(table.rowCount).toBe(20 + 50_001 + 25_003);
    table.free();
    await file.close();
    await expect(decodeStored(file, 0, decoder)).rejects.toThrow('closed');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a file that is cut while it is read', async () => {
  const own = await createDecoder();
  for (const end of [700_000, 2_500_000]) {
    const whole = sourceOf(FILE, [1e5]);
    const cut = sourceOf(FILE.subarray(0, end), [1e5]);
    const file = await openSnapshots({ ...whole, stream: cut.stream!.bind(cut) });
    await expect(decodeIntact(file, 0, own)).rejects.toThrow('the file ends before its');
  }
  expect(Decoder.engineOf(own).blockCount).toBe(0);
});

test('digests by the engine, between which other work passes', async () => {
  const primitives = enginePrimitives(decoder, async () => {});
  const file = await openSnapshots(sourceOf(FILE, [1e6]), primitives);
  let pauses = 0;
  const decoded = await decodeStored(file, 0, decoder, async () => void pauses++);
  expect(pauses).toBe(0);
  await Promise.all([decoded.check(), decoded.check()]);
  // Pieces of half a megabyte of two tables of 1.4 MB each.
  expect(pauses).toBe(6);
  decoded.table.free();
});

test.each([
  ['bytes', 'memory that is given'],
  [undefined, 'memory of its own'],
] as const)('a stream of type %s, which fills %s', async (type, _memory) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 10 }),
      fc.integer({ min: 1, max: 60 }),
      async (pieces, most) => {
        const source = {
          type,
          start(controller: ReadableStreamDefaultController | ReadableByteStreamController) {
            // What is given to a stream of bytes, it takes away.
            for (const piece of pieces) controller.enqueue(piece.slice());
            controller.close();
          },
        };
        const stream = readableBytes(new ReadableStream(source as UnderlyingSource<Uint8Array<ArrayBuffer>>));
        const got: number[] = [];
        for (let ready = await stream.ready(most); ready > 0; ready = await stream.ready(most)) {
          const bytes = new Uint8Array(Math.max(1, ready - 3));
          stream.take(bytes);
          got.push(...bytes);
        }
        await stream.close();
        expect(got).toEqual(pieces.flatMap((piece) => [...piece]));
      },
    ),
    { numRuns: 200 },
  );
});
