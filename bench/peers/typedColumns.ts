/** Careful JavaScript: typed columns, and a sort of row numbers that compares them. */

export interface TypedColumns {
  readonly rows: number;
  readonly state: Uint32Array;
  readonly local: Uint32Array;
  readonly lport: Uint16Array;
  readonly remote: Uint32Array;
  readonly rport: Uint16Array;
  readonly pid: Uint32Array;
  readonly offload: Uint32Array;
}

export function readColumns(raw: Uint8Array): TypedColumns {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const rows = view.getUint32(0, true);
  const state = new Uint32Array(rows);
  const local = new Uint32Array(rows);
  const lport = new Uint16Array(rows);
  const remote = new Uint32Array(rows);
  const rport = new Uint16Array(rows);
  const pid = new Uint32Array(rows);
  const offload = new Uint32Array(rows);
  for (let i = 0, at = 4; i < rows; i++, at += 28) {
    state[i] = view.getUint32(at, true);
    local[i] = view.getUint32(at + 4);
    lport[i] = view.getUint16(at + 8);
    remote[i] = view.getUint32(at + 12);
    rport[i] = view.getUint16(at + 16);
    pid[i] = view.getUint32(at + 20, true);
    offload[i] = view.getUint32(at + 24, true);
  }
  return { rows, state, local, lport, remote, rport, pid, offload };
}

export function orderColumns({ rows, local, lport, remote, rport }: TypedColumns): Uint32Array {
  const order = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) order[i] = i;
  return order.sort(
    (a, b) =>
      local[a]! - local[b]! || lport[a]! - lport[b]! || remote[a]! - remote[b]! || rport[a]! - rport[b]!,
  );
}
