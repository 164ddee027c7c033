import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, SnapshotError, type Connection, type Decoder, type Table } from 'tcpscope/core';
import { decodeReference, orderReference, type ReferenceRow } from '../reference/mibTcpTable2.js';
import { encodeRows, rawTable, rowWords, tableRows } from '../reference/arbitraryTable.js';

const RUNS = { numRuns: 1000 };

/** The same suite for both builds: one checks itself, the other is what people get. */
describe.each(['tcpscope.wasm', 'tcpscope.debug.wasm'])('decoder of %s', (file) => {
  let decoder: Decoder;

  beforeAll(async () => {
    decoder = await createDecoder(readFileSync(new URL(`../../dist/${file}`, import.meta.url)));
  });

  /** Decodes, and gives the memory back: so all runs of a property reuse the same blocks. */
  function withTable<T>(raw: Uint8Array, use: (table: Table) => T): T {
    const table = decoder.decode(raw, 'tcp2');
    try {
      return use(table);
    } finally {
      table.free();
    }
  }

  test('rows agree with the reference decoder', () => {
    fc.assert(
      fc.property(rawTable, (raw) => {
        const rows = withTable(raw, (table) =>
          Array.from({ length: table.rowCount }, (_, i) => table.row(i)),
        );
        expect(rows.map(asReference)).toEqual(decodeReference(raw));
      }),
      RUNS,
    );
  });

  test('columns agree with the reference decoder', () => {
    fc.assert(
      fc.property(rawTable, (raw) => {
        const reference = decodeReference(raw);
        withTable(raw, (table) => {
          expect(Array.from(table.copyColumn('state'))).toEqual(reference.map((row) => row.state));
          expect(Array.from(table.copyColumn('lport'))).toEqual(reference.map((row) => row.localPort));
          expect(Array.from(table.copyColumn('rport'))).toEqual(reference.map((row) => row.remotePort));
          expect(Array.from(table.copyColumn('pid'))).toEqual(reference.map((row) => row.pid));
          expect(Array.from(table.copyColumn('offload'))).toEqual(reference.map((row) => row.offload));
        });
      }),
      { numRuns: 300 },
    );
  });

  test('the documented order agrees with the reference sorter', () => {
    fc.assert(
      fc.property(rawTable, (raw) => {
        const order = withTable(raw, (table) => Array.from(table.order()));
        expect(order).toEqual(orderReference(decodeReference(raw)));
      }),
      RUNS,
    );
  });

  test('any keys in any direction agree with a stable comparison sort', () => {
    const fields = [
      'state',
      'local',
      'lport',
      'remote',
      'rport',
      'pid',
      'offload',
      'protocol',
      'family',
      'process',
    ];
    const keys = fc.array(
      fc.tuple(fc.constantFrom(...fields), fc.boolean()).map(([field, down]) => (down ? `-${field}` : field)),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(tableRows, keys, (rows, sortKeys) => {
        withTable(encodeRows(rows), (table) => {
          expect(Array.from(table.order(sortKeys))).toEqual(comparisonOrder(table, sortKeys));
        });
      }),
      RUNS,
    );
  });

  test('every size from 0 to 300 rows', () => {
    const [words] = fc.sample(fc.array(rowWords, { minLength: 300, maxLength: 300 }), {
      numRuns: 1,
      seed: 1,
    });
    for (let count = 0; count <= 300; count++) {
      const raw = encodeRows(words!.slice(0, count));
      const reference = decodeReference(raw);
      withTable(raw, (table) => {
        expect(table.rowCount).toBe(count);
        expect(Array.from(table.order())).toEqual(orderReference(reference));
      });
    }
  });

  test('a table cut off at any byte is an error that says where', () => {
    const [words] = fc.sample(fc.array(rowWords, { minLength: 5, maxLength: 5 }), { numRuns: 1, seed: 2 });
    const raw = encodeRows(words!);
    for (let length = 0; length < raw.length; length++) {
      const error = errorOf(() => decoder.decode(raw.subarray(0, length), 'tcp2'));
      expect(error).toBeInstanceOf(SnapshotError);
      expect(error.code).toBe('bad-table');
      const message =
        length < 4
          ? `not a MIB_TCPTABLE2: the row count needs 4 bytes, there are ${length}`
          : `not a whole MIB_TCPTABLE2: 5 rows need 140 bytes, ${length - 4} remain at offset 4`;
      expect(error.message).toBe(message);
      expect(error.offset).toBe(length < 4 ? 0 : 4);
      if (length >= 4) expect(error.row).toBe(Math.floor((length - 4) / 28));
    }
  });

  test('no row count can make it read outside its input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const expected = safely(() => decodeReference(bytes).length);
        expect(safely(() => withTable(bytes, (table) => table.rowCount))).toBe(expected);
      }),
      RUNS,
    );
    for (const count of [1, 0x7fffffff, 0x80000000, 0x09249249, 0x0924924a, 0xffffffff]) {
      const bytes = new Uint8Array(31);
      new DataView(bytes.buffer).setUint32(0, count, true);
      expect(errorOf(() => decoder.decode(bytes, 'tcp2')).code).toBe('bad-table');
    }
  });

  test('a table that fails leaves the decoder usable, and no memory behind', () => {
    const good = encodeRows([[5, 0x0100007f, 0x5000, 0x0200007f, 0xbb01, 42, 0]]);
    for (let i = 0; i < 1000; i++) {
      expect(() => decoder.decode(good.subarray(0, 31), 'tcp2')).toThrow(SnapshotError);
      withTable(good, (table) => expect(table.row(0).pid).toBe(42));
    }
  });

  test('tables live side by side, and are freed in any order', () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 });
    fc.assert(
      fc.property(fc.array(rawTable, { minLength: 5, maxLength: 5 }), order, (raws, freeing) => {
        const tables = raws.map((raw) => decoder.decode(raw, 'tcp2'));
        for (const number of freeing) {
          const table = tables[number]!;
          const rows = Array.from({ length: table.rowCount }, (_, i) => asReference(table.row(i)));
          expect(rows).toEqual(decodeReference(raws[number]!));
          table.free();
        }
      }),
      { numRuns: 200 },
    );
  });
});

function asReference({
  state,
  localAddress,
  localPort,
  remoteAddress,
  remotePort,
  pid,
  offload,
}: Connection): Record<keyof ReferenceRow, unknown> {
  return { state, localAddress, localPort, remoteAddress, remotePort, pid, offload };
}

function comparisonOrder(table: Table, keys: readonly string[]): number[] {
  const columns = keys.map((key) => ({
    values: table.copyColumn(key.replace('-', '')),
    sign: key.startsWith('-') ? -1 : 1,
  }));
  return Array.from({ length: table.rowCount }, (_, i) => i).sort((a, b) => {
    for (const { values, sign } of columns) {
      if (values[a] !== values[b]) return (values[a]! < values[b]! ? -1 : 1) * sign;
    }
    return a - b;
  });
}

function errorOf(action: () => unknown): SnapshotError {
  try {
    action();
  } catch (error) {
    return error as SnapshotError;
  }
  throw new Error('no error was thrown');
}

function safely<T>(action: () => T): T | 'error' {
  try {
    return action();
  } catch {
    return 'error';
  }
}
