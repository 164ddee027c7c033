import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { CONNECTION_KEYS, createDecoder, SnapshotError, type Decoder, type ProcessInfo } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';
import { EXAMPLE_ROWS, EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';

let decoder: Decoder;

beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

test('a row has the keys of the json format, in their order', () => {
  using table = decoder.decodeSnapshot(EXAMPLE_SNAPSHOT);
  expect(Object.keys(table.row(0))).toEqual(CONNECTION_KEYS);
  expect(table.row(1)).toEqual({
    protocol: 'TCP',
    family: 'IPv4',
    state: 5,
    stateName: 'ESTABLISHED',
    localAddress: '127.0.0.1',
    localPort: 12345,
    remoteAddress: '127.0.0.2',
    remotePort: 443,
    pid: 4242,
    process: 'client.exe',
    offload: 0,
    offloadName: 'InHost',
  });
});

test('a row that does not exist is a RangeError', () => {
  using table = decoder.decodeSnapshot(EXAMPLE_SNAPSHOT);
  for (const row of [-1, 3, 0.5, Number.NaN]) {
    expect(() => table.row(row)).toThrow(new RangeError(`no row ${row}; the table has 3 rows`));
  }
});

test.each([
  [0, 'UNKNOWN(0)'],
  [1, 'CLOSED'],
  [2, 'LISTEN'],
  [3, 'SYN_SENT'],
  [4, 'SYN_RECEIVED'],
  [5, 'ESTABLISHED'],
  [6, 'FIN_WAIT_1'],
  [7, 'FIN_WAIT_2'],
  [8, 'CLOSE_WAIT'],
  [9, 'CLOSING'],
  [10, 'LAST_ACK'],
  [11, 'TIME_WAIT'],
  [12, 'DELETE_TCB'],
  [13, 'UNKNOWN(13)'],
  [100, 'BOUND'],
  [0xffffffff, 'UNKNOWN(4294967295)'],
])('state %i is %s', (state, name) => {
  using table = decoder.decode(encodeRows([[state, 0, 0, 0, 0, 0, 0]]), 'tcp2');
  expect(table.row(0)).toMatchObject({ state, stateName: name });
});

test.each([
  [0, 'InHost'],
  [1, 'Offloading'],
  [2, 'Offloaded'],
  [3, 'Uploading'],
  [4, 'UNKNOWN(4)'],
])('offload state %i is %s', (offload, name) => {
  using table = decoder.decode(encodeRows([[5, 0, 0, 0, 0, 0, offload]]), 'tcp2');
  expect(table.row(0)).toMatchObject({ offload, offloadName: name });
});

describe('columns', () => {
  test('have the documented types and host byte order', () => {
    using table = decoder.decodeSnapshot(EXAMPLE_SNAPSHOT);
    expect(table.copyColumn('local')).toEqual(Uint32Array.of(0, 0x7f000001, 0x7f000001));
    expect(table.copyColumn('lport')).toEqual(Uint16Array.of(80, 12345, 12346));
    expect(table.copyColumn('protocol')).toEqual(Uint8Array.of(6, 6, 6));
    expect(table.copyColumn('family')).toEqual(Uint8Array.of(4, 4, 4));
  });

  test('are copies', () => {
    using table = decoder.decodeSnapshot(EXAMPLE_SNAPSHOT);
    table.copyColumn('pid').fill(0);
    expect(table.copyColumn('pid')).toEqual(Uint32Array.of(4, 4242, 0));
  });

  test('that do not exist are an error', () => {
    using table = decoder.decodeSnapshot(EXAMPLE_SNAPSHOT);
    expect(() => table.copyColumn('port')).toThrow(SnapshotError);
    expect(() => table.order(['-port'])).toThrow(
      'no field "port" to sort by; there are protocol, family, state, local, lport, remote, rport, pid, process, offload',
    );
  });
});

describe('processes', () => {
  const rowsOf = (...pids: number[]): number[][] => pids.map((pid) => [5, 1, 1, 1, 1, pid, 0]);

  function decode(pids: number[], processes: ProcessInfo[]) {
    const [table] = EXAMPLE_SNAPSHOT.tables;
    return decoder.decodeSnapshot({
      ...EXAMPLE_SNAPSHOT,
      processes,
      tables: [{ ...table!, bytes: encodeRows(rowsOf(...pids)) }],
    });
  }

  test('name the rows of their pid; pid 0 owns nothing', () => {
    using table = decode(
      [7, 0, 9, 8],
      [
        { pid: 0, name: '[System Process]' },
        { pid: 7, name: 'b.exe' },
        { pid: 8, name: '' },
      ],
    );
    expect(table.rows([0, 1, 2, 3]).map((row) => row.process)).toEqual(['b.exe', null, null, null]);
  });

  test('sort by name, rows without a name first, and stay in order within one', () => {
    using table = decode(
      [3, 1, 2, 9, 3, 1],
      [
        { pid: 1, name: 'chrome' },
        { pid: 2, name: 'Zoom' },
        { pid: 3, name: 'chrome' },
      ],
    );
    expect(Array.from(table.order(['process']))).toEqual([3, 2, 0, 1, 4, 5]);
    expect(Array.from(table.order(['-process']))).toEqual([0, 1, 4, 5, 2, 3]);
    const names = Array.from(table.copyColumn('process'), (index) => table.processNames[index]);
    expect(names).toEqual(['chrome', 'chrome', 'Zoom', '', 'chrome', 'chrome']);
  });
});

test('tables of classes that cannot be decoded are named', () => {
  const [table] = EXAMPLE_SNAPSHOT.tables;
  const future = { ...table!, class: 'tcp9', bytes: new Uint8Array(3) };
  using joined = decoder.decodeSnapshot({ ...EXAMPLE_SNAPSHOT, tables: [table!, future, table!] });
  expect(joined.undecoded).toEqual(['tcp9']);
  expect(joined.rowCount).toBe(6);
  expect(joined.row(4)).toEqual(joined.row(1));
});

test('a freed table says so', () => {
  const table = decoder.decodeSnapshot(EXAMPLE_SNAPSHOT);
  table.free();
  table.free();
  expect(() => table.row(0)).toThrow('this table has been freed');
  expect(() => table.order()).toThrow('this table has been freed');
});

describe('text', () => {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

  test('csv of all rows, of some, of some columns', () => {
    using table = decoder.decodeSnapshot(EXAMPLE_SNAPSHOT);
    expect(text(table.formatCsv())).toBe(
      'protocol,family,state,stateName,localAddress,localPort,remoteAddress,remotePort,pid,process,offload,offloadName\n' +
        'TCP,IPv4,2,LISTEN,0.0.0.0,80,1.2.3.4,12345,4,System,0,InHost\n' +
        'TCP,IPv4,5,ESTABLISHED,127.0.0.1,12345,127.0.0.2,443,4242,client.exe,0,InHost\n' +
        'TCP,IPv4,11,TIME_WAIT,127.0.0.1,12346,127.0.0.2,443,0,,0,InHost\n',
    );
    expect(text(table.formatCsv(Uint32Array.of(2, 1), ['pid', 'stateName']))).toBe(
      'pid,stateName\n0,TIME_WAIT\n4242,ESTABLISHED\n',
    );
    expect(() => table.formatCsv(undefined, ['lport'])).toThrow(
      'no column "lport"; there are protocol, family',
    );
  });

  test('names are escaped in csv and ndjson', () => {
    const [table] = EXAMPLE_SNAPSHOT.tables;
    const name = '=cmd|"a,b"\n\u001b[31m\u202egpj';
    using decoded = decoder.decodeSnapshot({
      ...EXAMPLE_SNAPSHOT,
      processes: [{ pid: 4242, name }],
      tables: [{ ...table!, bytes: encodeRows([EXAMPLE_ROWS[1]!]) }],
    });
    expect(text(decoded.formatCsv(undefined, ['process']))).toBe(
      'process\n"\'=cmd|""a,b""\\u000a\\u001b[31m\\u202egpj"\n',
    );
    const ndjson = text(decoded.formatNdjson(undefined, ['process', 'pid']));
    expect(ndjson).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(JSON.parse(ndjson)).toEqual({ process: name, pid: 4242 });
  });

  test('more rows than one batch', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => [5, 0x0100007f, 0x5000, 0x0200007f, 0xbb01, i, 0]);
    using table = decoder.decode(encodeRows(rows), 'tcp2');
    const lines = text(table.formatNdjson()).trimEnd().split('\n');
    expect(lines).toHaveLength(10_000);
    expect(lines.map((line) => (JSON.parse(line) as { pid: number }).pid)).toEqual(rows.map((row) => row[5]));
  });
});
