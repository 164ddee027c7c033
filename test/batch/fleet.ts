import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Snapshot } from 'tcpscope/core';
import {
  CLOSE_WAIT,
  ESTABLISHED,
  fileOf,
  LISTEN,
  row,
  snapshotOf,
  TIME_WAIT,
  type Row,
} from '../cli/snapshotFiles.js';

const HOUR = 3_600_000_000;
const START = Date.UTC(2026, 10, 23, 20) * 1000;

/** A snapshot of a host of a small fleet: it serves on its own address, and talks to the next host. */
export function fleetSnapshot(
  host: string,
  number: number,
  hour: number,
  more: readonly Row[] = [],
): Snapshot {
  const address = `10.0.0.${number + 1}`;
  const rows = [
    row(LISTEN, '0.0.0.0:443', '9.9.9.9:9', 8),
    row(LISTEN, '127.0.0.1:6000', '0.0.0.0:0', 12),
    row(ESTABLISHED, `${address}:443`, `203.0.113.${hour + 1}:50001`, 8),
    row(ESTABLISHED, `${address}:${50_000 + hour}`, `10.0.0.${number + 2}:443`, 12),
    row(TIME_WAIT, `${address}:51000`, `10.0.0.${number + 2}:443`),
    row(ESTABLISHED, '127.0.0.1:50000', '127.0.0.1:6000', 12),
    ...more,
  ];
  const { os, osRelease, osVersion, architecture } = snapshotOf([]).host!;
  const processes = [
    { pid: 8, name: 'nginx' },
    { pid: 12, name: '<b>billing' },
    { pid: 666, name: 'nc' },
  ];
  return snapshotOf(rows, processes, {
    host: { name: host, os, osRelease, osVersion, architecture },
    time: { utcMicroseconds: START + hour * HOUR, monotonicMicroseconds: 0 },
  });
}

/** Rows that only some host has. */
export const BACKDOOR = row(LISTEN, '0.0.0.0:4444', '0.0.0.0:0', 666);
export const LEAK: readonly Row[] = Array.from({ length: 60 }, (_, i) =>
  row(CLOSE_WAIT, `10.0.0.1:${40_000 + i}`, '10.0.0.2:443', 12),
);

/** Writes a file for each host and hour, and returns what is in it. */
export async function writeFleet(
  folder: string,
  hosts: readonly string[],
  hours: number,
): Promise<Map<string, Snapshot>> {
  const files = new Map<string, Snapshot>();
  for (const [number, host] of hosts.entries()) {
    for (let hour = 0; hour < hours; hour++) {
      const more = [
        ...(number === 0 && hour === 0 ? [BACKDOOR] : []),
        ...(number === 0 && hour === 1 ? LEAK : []),
      ];
      const path = join(folder, `host${number}`, `${hour}.tcpsnap`);
      const snapshot = fleetSnapshot(host, number, hour, more);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, await fileOf(snapshot));
      files.set(path, snapshot);
    }
  }
  return files;
}
