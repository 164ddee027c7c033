/** Recordings as a busy server makes them: snapshots one after another, with all that a capture tells beside the tables. */

import {
  layoutOf,
  type MachineInfo,
  type ProcessInfo,
  type RawTable,
  type Snapshot,
  type TableClass,
} from 'tcpscope';
import { Random } from '../tables/random.js';
import { countersOf } from './counters.js';
import { Machine, type Socket } from './machine.js';
import { encodeSockets, socketExtras, type TableTimes } from './rawTable.js';

export interface RecordingOptions {
  /** Rows of all tables of one protocol and family together, about; it does not drift. */
  readonly rows: number;
  readonly ticks: number;
  /** How many of the rows are opened a tick, and as many are gone. Default: 0.01. */
  readonly churn?: number;
  /** Default: 1. */
  readonly intervalSeconds?: number;
  /** Default: what netlink gives. */
  readonly tables?: readonly TableClass[];
  /** `netlink`: rows in no order, with user ids and inodes. `iphlpapi`: rows in order. Default: `netlink`. */
  readonly provider?: 'netlink' | 'iphlpapi';
  readonly seed?: number;
}

const START_UTC_MICROSECONDS = Date.UTC(2026, 10, 23, 19) * 1000;
const UPTIME_MICROSECONDS = 812_345_678_901;
/** Most processes of a machine own no sockets. */
const OTHER_PROCESSES = 130;

/** The same options make the same snapshots. */
export function* makeRecording(options: RecordingOptions): Generator<Snapshot> {
  const {
    rows,
    ticks,
    churn = 0.01,
    intervalSeconds = 1,
    tables = ['tcp2', 'tcp6-2', 'udp-owner-pid', 'udp6-owner-pid'],
    provider = 'netlink',
    seed = 1,
  } = options;
  const machine = new Machine(rows, churn, seed);
  const times = {
    startUtcMicroseconds: START_UTC_MICROSECONDS,
    intervalMicroseconds: intervalSeconds * 1_000_000,
  };
  const processes = listProcesses(machine, seed);
  const late = new Random(seed + 1);
  for (let tick = 0; tick < ticks; tick++) {
    if (tick > 0) machine.advance();
    const elapsed = tick * times.intervalMicroseconds + late.below(2000);
    yield {
      tool: {
        name: 'tcpscope',
        version: '0.1.0',
        runtime: 'node v20.19.0',
        arguments: ['capture', '--interval', `${intervalSeconds}s`],
      },
      provider,
      time: {
        utcMicroseconds: START_UTC_MICROSECONDS + elapsed,
        monotonicMicroseconds: UPTIME_MICROSECONDS + elapsed,
      },
      host: {
        name: 'web01',
        os: provider === 'netlink' ? 'Linux' : 'Windows',
        osRelease: provider === 'netlink' ? '6.1.0-18-amd64' : '10.0.20348',
        osVersion: provider === 'netlink' ? '#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1' : 'Windows Server 2022',
        architecture: 'x64',
        bootUtcMicroseconds: START_UTC_MICROSECONDS - UPTIME_MICROSECONDS,
      },
      machine: MACHINE_INFO,
      statistics: countersOf(machine),
      elevated: true,
      tables: tables.map((tableClass) => tableOf(machine, tableClass, provider, times, elapsed)),
      processes,
    };
  }
}

function tableOf(
  machine: Machine,
  tableClass: TableClass,
  provider: 'netlink' | 'iphlpapi',
  times: TableTimes,
  elapsed: number,
): RawTable {
  const { protocol, family } = layoutOf(tableClass);
  const words = family === 'IPv4' ? 1 : 4;
  const sockets = machine.sockets
    .filter((socket) => socket.protocol === protocol && socket.local.length === words)
    .sort(provider === 'netlink' ? (a, b) => a.place - b.place : compareEnds);
  const bytes = encodeSockets(sockets, tableClass, times);
  const isNetlink = provider === 'netlink';
  return {
    class: tableClass,
    function: isNetlink ? 'NETLINK_SOCK_DIAG' : 'GetTcpTable2',
    scope: 'all',
    order: !isNetlink,
    synthesized: isNetlink,
    calls: isNetlink ? 1 : 2,
    retries: 0,
    sizeReported: bytes.length,
    monotonicMicroseconds: UPTIME_MICROSECONDS + elapsed + 41_000,
    elapsedMicroseconds: 38_000 + (machine.tick % 13) * 211,
    ...(isNetlink && { ownersUnresolved: 0, extras: socketExtras(sockets)! }),
    bytes,
  };
}

/** The documented order of GetTcpTable2. */
function compareEnds(a: Socket, b: Socket): number {
  return (
    compareWords(a.local, b.local) ||
    a.lport - b.lport ||
    compareWords(a.remote, b.remote) ||
    a.rport - b.rport
  );
}

function compareWords(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((word, i) => word !== b[i]);
  return at === -1 ? 0 : a[at]! - b[at]!;
}

function listProcesses({ owners }: Machine, seed: number): ProcessInfo[] {
  const random = new Random(seed + 2);
  const others = Array.from({ length: OTHER_PROCESSES }, (_, i) => ({
    pid: 2 + i * 5 + random.below(5),
    name: i < 60 ? `kworker/${i % 4}:${i % 3}` : `service-${i}`,
    uid: i < 60 ? 0 : 1000 + (i % 7),
  }));
  return [...others, ...owners]
    .toSorted((a, b) => a.pid - b.pid)
    .map(({ pid, name, uid }) => ({
      pid,
      name,
      path: `/usr/sbin/${name}`,
      startUtcMicroseconds: START_UTC_MICROSECONDS - 86_400_000_000 + random.below(1_000_000_000),
      parentPid: 1,
      user: String(uid),
      userName: uid === 0 ? 'root' : `user${uid}`,
    }));
}

const MACHINE_INFO: MachineInfo = {
  clock: { source: 'tsc', synchronized: true, offsetMicroseconds: 12, maxErrorMicroseconds: 4000 },
  portRanges: [{ kind: 'dynamic', first: 32_768, last: 60_999 }],
  interfaces: [
    { name: 'lo', address: '127.0.0.1', prefixLength: 8 },
    { name: 'eth0', address: '10.0.4.17', prefixLength: 24, mac: '52:54:00:12:34:56' },
    { name: 'eth0', address: '2001:db8:17::411', prefixLength: 64, mac: '52:54:00:12:34:56' },
  ],
  network: 'net:[4026531833]',
  virtualization: [],
};
