import { ESTABLISHED, LISTEN, row, snapshotOf, TIME_WAIT, type Row } from '../cli/snapshotFiles.js';
import type { ProcessInfo, Snapshot } from 'tcpscope/core';

const PROCESSES: readonly ProcessInfo[] = [
  { pid: 4, name: 'System' },
  { pid: 984, name: 'svchost.exe' },
  { pid: 4120, name: 'nginx.exe', path: 'C:\\nginx\\nginx.exe', startUtcMicroseconds: 1_794_999_999_000_000 },
  { pid: 7712, name: 'Google Chrome' },
];
const CLOSE_WAIT = 8;

/** A server's table: listeners, and connections whose values repeat at different lengths, so that every combination comes up. */
export function manyRows(count: number): Row[] {
  return Array.from({ length: count }, (_, i) => {
    if (i < 3) return row(LISTEN, `0.0.0.0:${[80, 443, 135][i]}`, `9.9.9.9:${i}`, [4, 4120, 984][i]);
    const state = [ESTABLISHED, ESTABLISHED, CLOSE_WAIT, TIME_WAIT, ESTABLISHED][i % 5]!;
    const pid = state === TIME_WAIT ? 0 : [4120, 7712, 984][i % 3];
    const remote = `10.${i % 2}.${i % 7}.${(i * 31) % 251}:${[443, 80, 5432, 8443][i % 4]}`;
    return row(state, `192.168.0.${1 + (i % 2)}:${1024 + ((i * 7919) % 60_000)}`, remote, pid);
  });
}

export function busySnapshot(count = 400): Snapshot {
  return snapshotOf(manyRows(count), PROCESSES);
}

/** The same machine later: some rows are gone, some new, some in another state. */
export function laterSnapshot(count = 400): Snapshot {
  const rows = manyRows(count)
    .filter((_, i) => i % 40 !== 11)
    .map((old, i): Row => (i % 50 === 4 ? [CLOSE_WAIT + 2, ...(old.slice(1) as unknown as Tail)] : old));
  const opened = Array.from({ length: 6 }, (_, i) =>
    row(ESTABLISHED, `192.168.0.9:${2000 + i}`, '10.0.0.1:22', 984),
  );
  return snapshotOf([...rows, ...opened], PROCESSES);
}

type Tail = [number, number, number, number, number, number];
