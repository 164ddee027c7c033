import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { createDecoder, findFindings, type Decoder, type Finding, type Snapshot } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';
import { tableOf, type Socket } from '../reference/socketTables.js';

let decoder: Decoder;
beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

const [LISTEN, SYN_SENT, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, TIME_WAIT] = [2, 3, 5, 6, 7, 8, 11];

interface Row {
  readonly state: number;
  readonly local?: readonly number[];
  readonly lport?: number;
  readonly remote?: readonly number[];
  readonly rport?: number;
  readonly pid?: number;
  readonly offload?: number;
}

/** A snapshot of these rows, each as often as is said. Rows that are repeated get local ports of their own, from 49152 on. */
function snapshotOf(
  rows: readonly (readonly [count: number, row: Row])[],
  os = 'Windows',
  slack = new Uint8Array(),
): Snapshot {
  const words = rows.flatMap(([count, row]) =>
    Array.from({ length: count }, (_, i) => [
      row.state,
      littleEndian(row.local ?? [10, 0, 0, 5]),
      networkOrder(row.lport ?? 49_152 + i),
      littleEndian(row.remote ?? [192, 0, 2, i % 250]),
      networkOrder(row.rport ?? 443),
      row.pid ?? 0,
      row.offload ?? 0,
    ]),
  );
  const [table] = EXAMPLE_SNAPSHOT.tables;
  return {
    ...EXAMPLE_SNAPSHOT,
    host: { ...EXAMPLE_SNAPSHOT.host!, os },
    processes: [
      { pid: 700, name: 'java.exe' },
      { pid: 800, name: 'nginx' },
    ],
    tables: [{ ...table!, bytes: encodeRows(words, slack) }],
  };
}

function littleEndian([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number {
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

function networkOrder(port: number): number {
  return ((port & 255) << 8) | (port >> 8);
}

/** The findings of a rule, each with how many rows its expression selects. */
function found(
  rule: string,
  snapshot: Snapshot,
): (Pick<Finding, 'severity' | 'title'> & { rows: number | null })[] {
  using table = decoder.decodeSnapshot(snapshot);
  return findFindings(decoder, snapshot)
    .filter((finding) => finding.rule === rule)
    .map(({ severity, title, where }) => ({
      severity,
      title,
      rows: where === undefined ? null : table.select(where).length,
    }));
}

const ANY = [0, 0, 0, 0];

test('a quiet machine: nothing', () => {
  const snapshot = snapshotOf([
    [1, { state: LISTEN, local: [127, 0, 0, 1], lport: 631, remote: ANY }],
    [40, { state: ESTABLISHED, pid: 700 }],
    [30, { state: TIME_WAIT }],
    [49, { state: CLOSE_WAIT, pid: 700 }],
    [19, { state: SYN_SENT, pid: 800 }],
    [49, { state: FIN_WAIT_1, pid: 800 }],
    [99, { state: FIN_WAIT_2, pid: 800 }],
  ]);
  expect(findFindings(decoder, snapshot)).toEqual([]);
});

test('listeners on all addresses, with their ports in order', () => {
  const ports = [8080, 22, 443, 80, 25, 53, 110, 143, 993, 995];
  const rows = ports.map((lport) => [1, { state: LISTEN, local: ANY, lport, remote: ANY }] as const);
  const one = snapshotOf([...rows.slice(1, 2), [1, { state: LISTEN, local: [10, 0, 0, 5], lport: 80 }]]);
  expect(found('listeners-on-all-addresses', one)).toEqual([
    { severity: 'notice', title: '1 TCP port open on all addresses: 22', rows: 1 },
  ]);
  expect(found('listeners-on-all-addresses', snapshotOf(rows))).toEqual([
    {
      severity: 'notice',
      title: '10 TCP ports open on all addresses: 22, 25, 53, 80, 110, 143, 443, 993 and 2 more',
      rows: 10,
    },
  ]);
});

test('UDP sockets on all addresses, but those whose port nobody chose', () => {
  const ports = [53, 5353, 49_151, 49_152, 60_000];
  const bytes = new Uint8Array(4 + 8 * ports.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, ports.length, true);
  for (const [i, port] of ports.entries()) view.setUint16(4 + 8 * i + 4, port);
  const snapshot = snapshotOf([]);
  const udp = { class: 'udp', scope: 'all', synthesized: false, bytes };
  expect(found('listeners-on-all-addresses', { ...snapshot, tables: [...snapshot.tables, udp] })).toEqual([
    { severity: 'notice', title: '3 UDP ports open on all addresses: 53, 5353, 49151', rows: 3 },
  ]);
});

test.each([
  ['close-wait-pile-up', CLOSE_WAIT, 'CLOSE_WAIT', 50],
  ['fin-wait-1-pile-up', FIN_WAIT_1, 'FIN_WAIT_1', 50],
  ['fin-wait-2-pile-up', FIN_WAIT_2, 'FIN_WAIT_2', 100],
  ['syn-sent-storm', SYN_SENT, 'SYN_SENT', 20],
])('%s: by process, from so many on', (rule, state, name, least) => {
  const snapshot = snapshotOf([
    [least, { state, pid: 700 }],
    [least - 1, { state, pid: 800, lport: 1000 }],
    [least + 5, { state, pid: 900, lport: 2000 }],
    [least, { state, pid: 0, lport: 3000 }],
    [3, { state: ESTABLISHED, pid: 700 }],
  ]);
  expect(found(rule, snapshot)).toEqual([
    { severity: 'warning', title: `${least + 5} connections of process 900 are in ${name}`, rows: least + 5 },
    {
      severity: 'warning',
      title: `${least} connections of processes that are not known are in ${name}`,
      rows: least,
    },
    { severity: 'warning', title: `${least} connections of java.exe (700) are in ${name}`, rows: least },
  ]);
});

test('dynamic ports: towards one remote end, and on Windows on the local address', () => {
  const used = (count: number, os: string, remote?: readonly number[]): unknown[] =>
    found(
      'ephemeral-ports',
      snapshotOf([[count, { state: TIME_WAIT, rport: 5432, ...(remote && { remote }) }]], os),
    );
  const one = [192, 0, 2, 7];
  expect(used(8191, 'Windows', one)).toEqual([]);
  expect(used(8192, 'Windows', one)).toEqual([
    { severity: 'notice', title: '8192 of 16384 dynamic ports (50%) are in use on 10.0.0.5', rows: 8192 },
    {
      severity: 'notice',
      title: '8192 of 16384 dynamic ports (50%) are in use from 10.0.0.5 to 192.0.2.7:5432',
      rows: 8192,
    },
  ]);
  expect(used(13_108, 'Windows')).toEqual([
    { severity: 'warning', title: '13108 of 16384 dynamic ports (80%) are in use on 10.0.0.5', rows: 13_108 },
  ]);
  // Ports from 49152 on: 11848 of Linux's 32768 to 60999, of which half are 14116.
  expect(used(11_848, 'Linux', one)).toEqual([]);
});

test('dynamic ports on Linux: only towards one remote end, and servers do not count', () => {
  const rows = (remote: readonly number[] | undefined): (readonly [number, Row])[] =>
    Array.from({ length: 22_600 }, (_, i) => [
      1,
      { state: ESTABLISHED, lport: 33_000 + i, remote: remote ?? [192, 0, 2, i % 250], rport: 80 },
    ]);
  const server = [[30_000, { state: ESTABLISHED, lport: 443, rport: 50_000 }]] as const;
  expect(found('ephemeral-ports', snapshotOf(rows(undefined), 'Linux'))).toEqual([]);
  expect(found('ephemeral-ports', snapshotOf(server, 'Linux'))).toEqual([]);
  expect(found('ephemeral-ports', snapshotOf(rows([192, 0, 2, 7]), 'Linux'))).toEqual([
    {
      severity: 'warning',
      title: '22600 of 28232 dynamic ports (80%) are in use from 10.0.0.5 to 192.0.2.7:80',
      rows: 22_600,
    },
  ]);
});

test('dynamic ports: a range that the snapshot tells is taken for TCP, and is not called assumed', () => {
  const snapshot = snapshotOf([[600, { state: TIME_WAIT, rport: 5432, remote: [192, 0, 2, 7] }]]);
  const machine = {
    portRanges: [
      { kind: 'excluded', first: 49_000, last: 60_000 },
      { kind: 'dynamic', first: 49_152, last: 49_200, protocol: 'UDP', family: 'IPv4' },
      { kind: 'dynamic', first: 49_152, last: 50_151, protocol: 'TCP', family: 'IPv4' },
    ] as const,
  };
  const [first] = findFindings(decoder, { ...snapshot, machine }).filter(
    ({ rule }) => rule === 'ephemeral-ports',
  );
  expect(first?.title).toBe('600 of 1000 dynamic ports (60%) are in use on 10.0.0.5');
  expect(first?.explanation).toContain('49152..50151 (as captured)');
});

test('one remote address that a quarter of all connections is with', () => {
  const with200 = (others: number): Snapshot =>
    snapshotOf([
      [200, { state: ESTABLISHED, remote: [198, 51, 100, 9] }],
      [others, { state: ESTABLISHED, lport: 80 }],
      [900, { state: ESTABLISHED, local: [127, 0, 0, 1], remote: [127, 0, 0, 1] }],
    ]);
  expect(found('busy-remote', with200(600))).toEqual([
    { severity: 'notice', title: '200 of 800 connections are with 198.51.100.9', rows: 200 },
  ]);
  expect(found('busy-remote', with200(601))).toEqual([]);
  expect(found('busy-remote', snapshotOf([[199, { state: ESTABLISHED, remote: [1, 1, 1, 1] }]]))).toEqual([]);
});

test('values that nobody knows', () => {
  const snapshot = snapshotOf([
    [2, { state: 57 }],
    [1, { state: 0xffffffff }],
    [3, { state: ESTABLISHED, offload: 4 }],
    [1, { state: 100 }],
  ]);
  expect(found('unknown-state', snapshot)).toEqual([
    { severity: 'notice', title: '2 rows with the state UNKNOWN(57)', rows: 2 },
    { severity: 'notice', title: '1 row with the state UNKNOWN(4294967295)', rows: 1 },
  ]);
  expect(found('unknown-offload', snapshot)).toEqual([
    { severity: 'notice', title: '3 rows with the offload UNKNOWN(4)', rows: 3 },
  ]);
});

test('ports whose upper half is not zero, but for the remote end of listeners', () => {
  const snapshot = snapshotOf([
    [4, { state: ESTABLISHED }],
    [1, { state: LISTEN }],
  ]);
  expect(found('odd-port-halves', snapshot)).toEqual([]);
  const { bytes } = snapshot.tables[0]!;
  const place = (row: number, port: number): number => 4 + 28 * row + port;
  bytes[place(0, 8) + 2] = 1;
  bytes[place(2, 16) + 3] = 0x80;
  bytes[place(4, 16) + 2] = 7;
  expect(found('odd-port-halves', snapshot)).toEqual([
    { severity: 'notice', title: '2 rows with a port whose upper half is not zero', rows: 2 },
  ]);
});

test('rows that are older than the process with their pid', () => {
  const started = Date.UTC(2026, 10, 23) * 1000;
  const created = (microseconds: number): bigint => (BigInt(microseconds) + 11_644_473_600_000_000n) * 10n;
  const sockets = [started - 1, started - 1, started, 0].map((time, i): Socket => ({
    state: ESTABLISHED,
    local: [10, 0, 0, 5],
    lport: 50_000 + i,
    remote: [192, 0, 2, 1],
    rport: 443,
    pid: i === 0 ? 800 : 700,
    created: time === 0 ? 0n : created(time),
  }));
  const snapshot = {
    ...snapshotOf([]),
    processes: [
      { pid: 700, name: 'java.exe', startUtcMicroseconds: started },
      { pid: 800, name: 'nginx', startUtcMicroseconds: started },
    ],
    tables: (['tcp2', 'tcp-owner-module'] as const).map((name) => {
      return { class: name, scope: 'all', synthesized: false, bytes: tableOf(name, sockets) };
    }),
  };
  expect(found('reused-pid', snapshot)).toEqual([
    { severity: 'notice', title: '1 row of java.exe (700) is older than this process', rows: 1 },
    { severity: 'notice', title: '1 row of nginx (800) is older than this process', rows: 1 },
  ]);
});

test('bytes behind the rows', () => {
  const withSlack = (...slack: number[]): unknown[] =>
    found('slack-not-zero', snapshotOf([[2, { state: ESTABLISHED }]], 'Windows', Uint8Array.from(slack)));
  expect(withSlack()).toEqual([]);
  expect(withSlack(0, 0, 0, 0)).toEqual([]);
  expect(withSlack(0, 0, 7)).toEqual([
    {
      severity: 'notice',
      title: 'The table tcp2 has bytes that are not zero behind its rows, from offset 62 on',
      rows: 2,
    },
  ]);
});

test('warnings come before notices', () => {
  const snapshot = snapshotOf([
    [1, { state: LISTEN, local: ANY, lport: 80, remote: ANY }],
    [60, { state: CLOSE_WAIT, pid: 700 }],
    [1, { state: 57 }],
  ]);
  expect(findFindings(decoder, snapshot).map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
    'warning close-wait-pile-up',
    'notice listeners-on-all-addresses',
    'notice unknown-state',
  ]);
});
