/** Typical JavaScript: a DataView, an object for each row, Array.sort. Numbers, since it sorts. */

export interface Row {
  readonly state: number;
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  readonly pid: number;
  readonly offload: number;
}

export function readRows(raw: Uint8Array): Row[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const count = view.getUint32(0, true);
  const rows: Row[] = [];
  for (let i = 0, at = 4; i < count; i++, at += 28) {
    rows.push({
      state: view.getUint32(at, true),
      localAddress: view.getUint32(at + 4),
      localPort: view.getUint16(at + 8),
      remoteAddress: view.getUint32(at + 12),
      remotePort: view.getUint16(at + 16),
      pid: view.getUint32(at + 20, true),
      offload: view.getUint32(at + 24, true),
    });
  }
  return rows;
}

/** Sorts in place. */
export function sortRows(rows: Row[]): Row[] {
  return rows.sort(
    (a, b) =>
      a.localAddress - b.localAddress ||
      a.localPort - b.localPort ||
      a.remoteAddress - b.remoteAddress ||
      a.remotePort - b.remotePort,
  );
}
