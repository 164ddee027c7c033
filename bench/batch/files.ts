import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSnapshotFile, type Snapshot } from 'tcpscope';
import { BASIC_KINDS, makeTable } from '../tables/kinds.js';

const HOUR_MICROSECONDS = 3_600_000_000;
const START = Date.UTC(2026, 10, 1) * 1000;
const HOSTS = 200;
const PROCESSES = 60;

/** A snapshot of one of some hosts, which takes one every hour: busy servers and clients. */
export function makeSnapshot(number: number, rows: number): Snapshot {
  const host = number % HOSTS;
  const kind = BASIC_KINDS[host % 2]!;
  const bytes = makeTable(kind, rows, 1 + number);
  return {
    tool: { name: 'tcpscope', version: '0.1.0', runtime: 'node' },
    provider: 'iphlpapi',
    time: {
      utcMicroseconds: START + Math.floor(number / HOSTS) * HOUR_MICROSECONDS,
      monotonicMicroseconds: 0,
    },
    host: {
      name: `HOST${String(host).padStart(3, '0')}`,
      os: 'Windows',
      osRelease: '10.0.20348',
      osVersion: 'Windows Server 2022',
      architecture: 'x64',
    },
    tables: [{ class: 'tcp2', scope: 'all', synthesized: false, bytes }],
    processes: processesOf(bytes),
  };
}

/** The owners of the first rows, and so of most others. */
function processesOf(bytes: Uint8Array): { pid: number; name: string }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const pids = new Set<number>();
  for (let at = 4; at < bytes.length && pids.size < PROCESSES; at += 28)
    pids.add(view.getUint32(at + 20, true));
  return [...pids].map((pid, i) => ({ pid, name: `service${i}.exe` }));
}

/** Writes files of one snapshot each, and returns their names. */
export async function writeFiles(folder: string, count: number, rows: number): Promise<string[]> {
  const paths: string[] = [];
  for (let number = 0; number < count; number++) {
    const inner = join(folder, String(Math.floor(number / 1000)).padStart(3, '0'));
    if (number % 1000 === 0) mkdirSync(inner, { recursive: true });
    const path = join(inner, `${String(number).padStart(6, '0')}.tcpsnap`);
    writeFileSync(path, await encodeSnapshotFile(makeSnapshot(number, rows)));
    paths.push(path);
  }
  return paths;
}
