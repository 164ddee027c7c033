import { encodeFrame, FRAME_HEADER_BYTES, FRAME_TYPES } from '../../dist/core/file/frame.js';
import { encodeFileHeader, FILE_HEADER_BYTES } from '../../dist/core/file/header.js';
import { encodeSnapshotPayload } from '../../dist/core/file/encodeSnapshotPayload.js';
import { NO_CHAIN } from '../../dist/core/file/snapshotPayload.js';
import type { ProcessInfo, RawTable, Snapshot } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';

export type Row = readonly [
  state: number,
  localAddress: number,
  localPort: number,
  remoteAddress: number,
  remotePort: number,
  pid: number,
  offload: number,
];

export const LISTEN = 2;
export const ESTABLISHED = 5;
export const CLOSE_WAIT = 8;
export const TIME_WAIT = 11;

/** The u32 that stands in a raw table for a port, or for an address written as text. */
export function networkPort(port: number): number {
  return ((port & 255) << 8) | (port >>> 8);
}
export function networkAddress(text: string): number {
  const [a, b, c, d] = text.split('.').map(Number) as [number, number, number, number];
  return ((d << 24) | (c << 16) | (b << 8) | a) >>> 0;
}

export function row(state: number, local: string, remote: string, pid = 0, offload = 0): Row {
  const [localAddress, localPort] = local.split(':') as [string, string];
  const [remoteAddress, remotePort] = remote.split(':') as [string, string];
  return [
    state,
    networkAddress(localAddress),
    networkPort(Number(localPort)),
    networkAddress(remoteAddress),
    networkPort(Number(remotePort)),
    pid,
    offload,
  ];
}

/** Three rows out of order. */
export const ROWS: readonly Row[] = [
  row(ESTABLISHED, '192.168.0.2:50000', '10.0.0.1:443', 300),
  row(LISTEN, '0.0.0.0:80', '0.0.0.0:0', 4),
  row(TIME_WAIT, '127.0.0.1:50001', '127.0.0.1:80'),
];

export const RAW = encodeRows(ROWS);

export function tcp2Table(bytes: Uint8Array, more: Partial<RawTable> = {}): RawTable {
  return { class: 'tcp2', function: 'GetTcpTable2', scope: 'all', synthesized: false, bytes, ...more };
}

const TIME = { utcMicroseconds: Date.UTC(2026, 10, 23, 19, 1, 35) * 1000, monotonicMicroseconds: 0 };

export function snapshotOf(
  rows: readonly Row[],
  processes: readonly ProcessInfo[] = [],
  more: Partial<Snapshot> = {},
): Snapshot {
  return {
    tool: { name: 'tcpscope', version: '0.1.0', runtime: 'node v20.19.0' },
    provider: 'iphlpapi',
    time: TIME,
    host: {
      name: 'WEB01',
      os: 'Windows',
      osRelease: '10.0.20348',
      osVersion: 'Windows',
      architecture: 'x64',
    },
    tables: [tcp2Table(encodeRows(rows))],
    processes,
    ...more,
  };
}

const FILE_ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** A file of these snapshots, the same bytes each time. */
export async function fileOf(...snapshots: readonly Snapshot[]): Promise<Buffer> {
  const parts: Uint8Array[] = [encodeFileHeader(FILE_ID)];
  let chain: Uint8Array = NO_CHAIN;
  for (const [number, snapshot] of snapshots.entries()) {
    const payload = await encodeSnapshotPayload(snapshot, chain);
    parts.push(encodeFrame(FRAME_TYPES.snapshot, FILE_ID, number, payload));
    chain = payload.subarray(32, 64);
  }
  return Buffer.concat(parts);
}

/** Where the parts of a file of one snapshot are. */
export const AT = {
  major: 12,
  frame: FILE_HEADER_BYTES,
  payload: FILE_HEADER_BYTES + FRAME_HEADER_BYTES,
} as const;

/** A copy with one bit of the byte at `offset` changed. */
export function flipBit(bytes: Uint8Array, offset: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[offset]! ^= 1;
  return flipped;
}
