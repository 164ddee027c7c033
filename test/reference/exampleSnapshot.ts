import type { Snapshot } from 'tcpscope/core';
import { encodeRows } from './arbitraryTable.js';

/** Three rows: a listener with junk for a remote end, a connection, and one that nobody owns any more. */
export const EXAMPLE_ROWS = [
  [2, 0x00000000, 0xdead5000, 0x04030201, 0xbeef3930, 4, 0],
  [5, 0x0100007f, 0x3930, 0x0200007f, 0xbb01, 4242, 0],
  [11, 0x0100007f, 0x3a30, 0x0200007f, 0xbb01, 0, 0],
];

/** A snapshot with every key that the format has, and slack after the rows of its table. */
export const EXAMPLE_SNAPSHOT: Snapshot = {
  tool: {
    name: 'tcpscope',
    version: '0.1.0',
    runtime: 'node v20.19.0',
    arguments: ['capture', '--note', 'für später'],
  },
  provider: 'iphlpapi',
  time: { utcMicroseconds: 1_795_000_000_123_456, monotonicMicroseconds: 81_000_000_001 },
  host: {
    name: 'WEB01',
    os: 'Windows',
    osRelease: '10.0.20348',
    osVersion: 'Windows Server 2022',
    architecture: 'x64',
    bootUtcMicroseconds: 1_794_900_000_000_000,
  },
  elevated: true,
  tables: [
    {
      class: 'tcp2',
      function: 'GetTcpTable2',
      scope: 'all',
      order: true,
      synthesized: false,
      calls: 2,
      retries: 0,
      sizeAllocated: 4096,
      sizeReported: 92,
      monotonicMicroseconds: 81_000_000_900,
      elapsedMicroseconds: 800,
      ownersUnresolved: 0,
      bytes: encodeRows(EXAMPLE_ROWS, Uint8Array.of(0, 0, 0, 7)),
    },
  ],
  processes: [
    { pid: 4, name: 'System' },
    {
      pid: 4242,
      name: 'client.exe',
      path: 'C:\\Tools\\client.exe',
      startUtcMicroseconds: 1_794_999_999_000_000,
    },
  ],
  unreadable: [{ what: 'something', reason: 'no reason' }],
  note: 'before the restart',
};
