import { layoutOf, type RawTable } from '../../core/index.js';
import { CaptureError } from './captureError.js';
import { ALL_STATES, BOUND_STATE } from './inetDiag.js';
import { dumpSockets, type SocketDump } from './inetDiagDump.js';
import { InodePids } from './inodePids.js';
import { type Koffi, loadKoffi } from './koffi.js';
import { describeLinuxMachine } from './linuxMachine.js';
import { KnownProcesses, listLinuxProcesses } from './linuxProcesses.js';
import { readLinuxStatistics } from './linuxStatistics.js';
import { monotonicMicroseconds } from './monotonicClock.js';
import { type NetlinkSocket, openSockDiagSocket } from './netlinkSocket.js';
import { attemptEach, type CapturedTables, type Provider } from './provider.js';
import { encodeExtras } from './socketExtras.js';
import type { SocketList } from './socketList.js';
import { SocketOwners } from './socketOwners.js';
import { encodeTable, isSynthesized, type SynthesizedClass } from './synthesizedTable.js';
import { BOUND_CLASSES, tableName, type TableRequest } from './tableRequest.js';

/**
 * Linux: what NETLINK_SOCK_DIAG says of the sockets of this network namespace, written in Windows' layouts in the kernel's
 * order. Pids are those that this process's /proc shows.
 */
export function createNetlinkProvider(): Provider {
  let owners: SocketOwners | undefined;
  const known = new KnownProcesses();
  const spare: SocketList[] = [];
  return {
    name: 'netlink',
    defaultTables: ['tcp2', 'tcp6-2', 'udp-owner-pid', 'udp6-owner-pid'],
    async captureTables(requests) {
      const koffi = await loadKoffi();
      owners ??= new SocketOwners(koffi);
      return captureTables(koffi, owners, spare, requests);
    },
    listProcesses: (options) => listLinuxProcesses(options, known),
    readStatistics: () => Promise.resolve(readLinuxStatistics()),
    describeMachine: describeLinuxMachine,
    isElevated: () => Promise.resolve(process.geteuid?.() === 0),
  };
}

/** What the kernel said for one table. */
interface TableDump extends SocketDump {
  readonly tableClass: SynthesizedClass;
  readonly started: number;
  readonly ended: number;
}

/**
 * The order is not looked at: the kernel cannot order.
 *
 * @param spare lists of earlier captures, which nobody uses any more
 */
async function captureTables(
  koffi: Koffi,
  owners: SocketOwners,
  spare: SocketList[],
  requests: readonly TableRequest[],
): Promise<CapturedTables> {
  // Opened by the first table, so that what goes wrong with it goes wrong with a table.
  let socket: NetlinkSocket | undefined;
  try {
    const { done, failures } = await attemptEach(requests, (request) => {
      const tableClass = synthesizedClass(request);
      socket ??= openSockDiagSocket(koffi);
      return dumpTable(socket, tableClass, spare.pop());
    });
    const tables = describeTables(owners, done);
    for (const { sockets } of done) spare.push(sockets);
    return { tables, failures };
  } finally {
    socket?.close();
  }
}

function synthesizedClass(request: TableRequest): SynthesizedClass {
  const { class: tableClass, scope = 'all' } = request;
  if (isSynthesized(tableClass) && scope === 'all') return tableClass;
  throw new CaptureError(
    'not-supported',
    `There is no table ${tableName(request)} on Linux: it has tcp2, tcp6-2, udp-owner-pid and udp6-owner-pid, of all sockets.`,
  );
}

function dumpTable(
  socket: NetlinkSocket,
  tableClass: SynthesizedClass,
  spare: SocketList | undefined,
): TableDump {
  const { protocol, family } = layoutOf(tableClass);
  const states = BOUND_CLASSES.includes(tableClass) ? BOUND_STATE : ALL_STATES;
  const started = monotonicMicroseconds();
  const dump = dumpSockets(socket, { protocol, family, states }, spare);
  return { ...dump, tableClass, started, ended: monotonicMicroseconds() };
}

/** Sockets first, owners after: a process that takes over a socket meanwhile is found, one that ends is not. */
function describeTables(socketOwners: SocketOwners, dumps: readonly TableDump[]): RawTable[] {
  const owners = new InodePids(dumps.reduce((sum, { sockets }) => sum + sockets.count, 0));
  for (const { sockets } of dumps) {
    for (let i = 0; i < sockets.count; i++) owners.add(sockets.inode(i));
  }
  socketOwners.find(owners);
  return dumps.map((dump) => describeTable(dump, owners));
}

/** Sizes are not recorded, since no call is given a buffer for the table or says its size. */
function describeTable(dump: TableDump, owners: InodePids): RawTable {
  const { tableClass, sockets, dumps, started, ended } = dump;
  let ownersUnresolved = 0;
  for (let i = 0; i < sockets.count; i++) {
    if (sockets.inode(i) !== 0 && owners.pid(sockets.inode(i)) === 0) ownersUnresolved++;
  }
  return {
    class: tableClass,
    function: 'NETLINK_SOCK_DIAG',
    scope: 'all',
    order: false,
    synthesized: true,
    calls: dumps,
    retries: dumps - 1,
    monotonicMicroseconds: ended,
    elapsedMicroseconds: ended - started,
    ownersUnresolved,
    extras: encodeExtras(tableClass, sockets),
    bytes: encodeTable(tableClass, sockets, owners),
  };
}
