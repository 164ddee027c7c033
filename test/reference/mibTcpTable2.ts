/**
 * A slow and obvious decoder of MIB_TCPTABLE2, written from Microsoft's page of MIB_TCPROW2 and from nothing of this
 * project. It takes every byte by its offset, so that it shares no idea with the decoder it checks.
 */
export interface ReferenceRow {
  readonly state: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly pid: number;
  readonly offload: number;
}

/** @throws Error where the bytes do not hold the rows that they claim */
export function decodeReference(bytes: Uint8Array): ReferenceRow[] {
  if (bytes.length < 4) throw new Error('too short for a row count');
  const count = littleEndian(bytes, 0);
  const rows: ReferenceRow[] = [];
  for (let i = 0; i < count; i++) {
    const at = 4 + 28 * i;
    if (at + 28 > bytes.length) throw new Error(`row ${i} is not all there`);
    rows.push({
      state: littleEndian(bytes, at),
      localAddress: dotted(bytes, at + 4),
      localPort: bytes[at + 8]! * 256 + bytes[at + 9]!,
      remoteAddress: dotted(bytes, at + 12),
      remotePort: bytes[at + 16]! * 256 + bytes[at + 17]!,
      pid: littleEndian(bytes, at + 20),
      offload: littleEndian(bytes, at + 24),
    });
  }
  return rows;
}

/** The number that an address is ordered by: its octets, the first the most significant. */
export function addressNumber(address: string): number {
  return address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
}

/** The numbers of the rows in the documented order: local address, local port, remote address, remote port. Stable. */
export function orderReference(rows: readonly ReferenceRow[]): number[] {
  const key = (row: ReferenceRow): number[] => [
    addressNumber(row.localAddress),
    row.localPort,
    addressNumber(row.remoteAddress),
    row.remotePort,
  ];
  return rows
    .map((_, number) => number)
    .sort((a, b) => {
      const [keyA, keyB] = [key(rows[a]!), key(rows[b]!)];
      const differing = keyA.findIndex((value, i) => value !== keyB[i]);
      return differing === -1 ? a - b : keyA[differing]! - keyB[differing]!;
    });
}

function littleEndian(bytes: Uint8Array, at: number): number {
  return bytes[at]! + bytes[at + 1]! * 256 + bytes[at + 2]! * 65536 + bytes[at + 3]! * 16777216;
}

function dotted(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}
