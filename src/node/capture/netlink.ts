import type { RawTable } from '../../core/index.js';
import { dumpTcpSockets, type TcpDump } from './inetDiagDump.js';
import { loadKoffi } from './koffi.js';
import { listLinuxProcesses } from './linuxProcesses.js';
import { monotonicMicroseconds } from './monotonicClock.js';
import { openSockDiagSocket } from './netlinkSocket.js';
import { attemptEach, type Provider } from './provider.js';
import { findSocketOwners } from './socketOwners.js';
import { encodeTcpTable2 } from './synthesizedTable.js';

/**
 * Linux: what NETLINK_SOCK_DIAG says of the IPv4 TCP sockets of this network namespace, written as a MIB_TCPTABLE2 in the
 * kernel's order. Pids are those that this process's /proc shows.
 */
export function createNetlinkProvider(): Provider {
  return {
    name: 'netlink',
    defaultTables: ['tcp2'],
    async captureTables(requests) {
      const { done, failures } = await attemptEach(requests, captureTcpTable2);
      return { tables: done, failures };
    },
    listProcesses: () => Promise.resolve(listLinuxProcesses()),
    isElevated: () => Promise.resolve(process.geteuid?.() === 0),
  };
}

/**
 * `order` is not looked at: the kernel cannot order. Sizes are not recorded, since no call is given a buffer for the table or
 * says its size.
 */
async function captureTcpTable2(): Promise<RawTable> {
  const koffi = await loadKoffi();
  const socket = openSockDiagSocket(koffi);
  const before = monotonicMicroseconds();
  let dump: TcpDump;
  try {
    dump = dumpTcpSockets(socket);
  } finally {
    socket.close();
  }
  const after = monotonicMicroseconds();

  // Sockets first, owners after: a process that takes over a socket meanwhile is found, one that ends is not.
  const inodes = new Set(dump.sockets.map(({ inode }) => inode).filter((inode) => inode !== 0));
  const owners = findSocketOwners(inodes);
  return {
    class: 'tcp2',
    function: 'NETLINK_SOCK_DIAG',
    scope: 'all',
    order: false,
    synthesized: true,
    calls: dump.dumps,
    retries: dump.dumps - 1,
    monotonicMicroseconds: after,
    elapsedMicroseconds: after - before,
    ownersUnresolved: dump.sockets.filter(({ inode }) => inode !== 0 && !owners.has(inode)).length,
    bytes: encodeTcpTable2(dump.sockets, owners),
  };
}
