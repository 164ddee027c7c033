import type { Connection } from 'tcpscope/core';

/**
 * A slow and obvious decoder of all the structures, from the offsets that Microsoft's headers give (iphlpapi.h, tcpmib.h, udpmib.h), and
 * from nothing of this project: every value by its offset, an address as a list of bytes.
 */
export interface Structure {
  readonly protocol: 'TCP' | 'UDP';
  readonly family: 'IPv4' | 'IPv6';
  readonly first: number;
  readonly size: number;
  readonly state?: number;
  readonly local: number;
  readonly localScope?: number;
  readonly localPort: number;
  readonly remote?: number;
  readonly remoteScope?: number;
  readonly remotePort?: number;
  readonly pid?: number;
  readonly offload?: number;
  readonly created?: number;
}

const tcp4 = {
  protocol: 'TCP',
  family: 'IPv4',
  state: 0,
  local: 4,
  localPort: 8,
  remote: 12,
  remotePort: 16,
} as const;
const tcp6 = { protocol: 'TCP', family: 'IPv6' } as const;
const ends6 = {
  local: 0,
  localScope: 16,
  localPort: 20,
  remote: 24,
  remoteScope: 40,
  remotePort: 44,
  state: 48,
} as const;
const udp4 = { protocol: 'UDP', family: 'IPv4', local: 0, localPort: 4 } as const;
const udp6 = { protocol: 'UDP', family: 'IPv6', local: 0, localScope: 16, localPort: 20 } as const;

export const STRUCTURES = {
  tcp: { ...tcp4, first: 4, size: 20 },
  tcp2: { ...tcp4, first: 4, size: 28, pid: 20, offload: 24 },
  'tcp-owner-pid': { ...tcp4, first: 4, size: 24, pid: 20 },
  'tcp-owner-module': { ...tcp4, first: 8, size: 160, pid: 20, created: 24 },
  tcp6: {
    ...tcp6,
    first: 4,
    size: 52,
    state: 0,
    local: 4,
    localScope: 20,
    localPort: 24,
    remote: 28,
    remoteScope: 44,
    remotePort: 48,
  },
  'tcp6-2': { ...tcp6, ...ends6, first: 4, size: 60, pid: 52, offload: 56 },
  'tcp6-owner-pid': { ...tcp6, ...ends6, first: 4, size: 56, pid: 52 },
  'tcp6-owner-module': { ...tcp6, ...ends6, first: 8, size: 192, pid: 52, created: 56 },
  'tcp2-bound': { ...tcp4, first: 4, size: 28, pid: 20, offload: 24 },
  'tcp6-2-bound': { ...tcp6, ...ends6, first: 4, size: 60, pid: 52, offload: 56 },
  udp: { ...udp4, first: 4, size: 8 },
  'udp-owner-pid': { ...udp4, first: 4, size: 12, pid: 8 },
  'udp-owner-module': { ...udp4, first: 8, size: 160, pid: 8, created: 16 },
  udp6: { ...udp6, first: 4, size: 24 },
  'udp6-owner-pid': { ...udp6, first: 4, size: 28, pid: 24 },
  'udp6-owner-module': { ...udp6, first: 8, size: 176, pid: 24, created: 32 },
} as const satisfies Record<string, Structure>;

export type ClassName = keyof typeof STRUCTURES;
export const CLASS_NAMES = Object.keys(STRUCTURES) as ClassName[];

export interface End {
  /** Four bytes or sixteen. */
  readonly bytes: readonly number[];
  readonly scope: number;
  readonly port: number;
}

/** What a table does not tell is null. */
export interface SocketRow {
  readonly protocol: 'TCP' | 'UDP';
  readonly family: 'IPv4' | 'IPv6';
  readonly state: number | null;
  readonly local: End;
  readonly remote: End | null;
  readonly pid: number;
  readonly offload: number | null;
  /** Ticks since 1601; undefined where the structure has none. */
  readonly created?: bigint;
}

/** @throws Error where the bytes do not hold the rows that they claim */
export function decodeSockets(name: ClassName, bytes: Uint8Array): SocketRow[] {
  const structure: Structure = STRUCTURES[name];
  const u32 = (at: number): number =>
    bytes[at]! + bytes[at + 1]! * 2 ** 8 + bytes[at + 2]! * 2 ** 16 + bytes[at + 3]! * 2 ** 24;
  const width = structure.family === 'IPv4' ? 4 : 16;
  if (bytes.length < structure.first) throw new Error('too short for a row count');
  const rows: SocketRow[] = [];
  for (let i = 0; i < u32(0); i++) {
    const row = structure.first + i * structure.size;
    if (row + structure.size > bytes.length) throw new Error(`row ${i} is not all there`);
    const value = (offset: number | undefined): number | null =>
      offset === undefined ? null : u32(row + offset);
    const end = (address: number, scope: number | undefined, port: number): End => ({
      bytes: [...bytes.subarray(row + address, row + address + width)],
      scope: value(scope) ?? 0,
      port: bytes[row + port]! * 256 + bytes[row + port + 1]!,
    });
    rows.push({
      protocol: structure.protocol,
      family: structure.family,
      state: value(structure.state),
      local: end(structure.local, structure.localScope, structure.localPort),
      remote:
        structure.remote === undefined
          ? null
          : end(structure.remote, structure.remoteScope, structure.remotePort!),
      pid: value(structure.pid) ?? 0,
      offload: value(structure.offload),
      ...(structure.created !== undefined && {
        created: BigInt(value(structure.created)!) + BigInt(value(structure.created + 4)!) * 2n ** 32n,
      }),
    });
  }
  return rows;
}

/** An address as one number. */
export function numberOf({ bytes }: End): bigint {
  return bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}

/** The text of an address. Those of IPv6 as the URL standard writes them, which is RFC 5952 but for embedded IPv4 addresses. */
export function textOf({ bytes, scope }: Pick<End, 'bytes' | 'scope'>): string {
  if (bytes.length === 4) return bytes.join('.');
  const zone = scope === 0 ? '' : `%${scope}`;
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (isMapped) return `::ffff:${bytes.slice(12).join('.')}${zone}`;
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! * 256 + bytes[2 * i + 1]!).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1) + zone;
}

/** Ticks of 100 ns since 1601 as a time in microseconds, or as the number that they are where no four digits of a year are enough. */
export function timeText(ticks: bigint): string | null {
  if (ticks === 0n) return null;
  const time = new Date(Number(ticks / 10_000n - 11_644_473_600_000n));
  if (Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999) return `FILETIME ${ticks}`;
  const microseconds = String((ticks / 10n) % 1000n).padStart(3, '0');
  return time.toISOString().replace('Z', `${microseconds}Z`);
}

/** A row without the names that belong to its numbers, which other tests look at. */
export function unnamed({ stateName: _s, offloadName: _o, ...row }: Connection): object {
  return row;
}

/** The row as the library returns it, without names. */
export function asConnection(row: SocketRow): object {
  return {
    protocol: row.protocol,
    family: row.family,
    state: row.state,
    localAddress: textOf(row.local),
    localPort: row.local.port,
    remoteAddress: row.remote === null ? null : textOf(row.remote),
    remotePort: row.remote === null ? null : row.remote.port,
    pid: row.pid,
    process: null,
    offload: row.offload,
    ...(row.created !== undefined && { created: timeText(row.created) }),
  };
}
