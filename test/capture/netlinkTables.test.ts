import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawTable, TableClass } from '../../dist/core/index.js';
import { createNetlinkProvider } from '../../dist/node/capture/netlink.js';
import { type SocketRow, decodeSockets } from '../reference/mibTables.js';
import { readSsSockets, socketKey, type SsSocket } from '../reference/ssSockets.js';
import { whyNoSs } from '../reference/ssTable.js';
import { bindWithoutListening } from './boundSocket.js';
import { captureTable } from './captureTable.js';
import { LoopbackSockets } from './loopbackSockets.js';

const provider = createNetlinkProvider();
const noSs = whyNoSs();
const ROUNDS = 5;
/** As MIB_TCP_STATE. */
const TIME_WAIT = 11;
/** Connections of each family; each is two sockets. */
const CONNECTIONS = 1000;
const DATAGRAMS = 1000;

const TABLES = [
  ['tcp2', 'TCP', 'IPv4'],
  ['tcp6-2', 'TCP', 'IPv6'],
  ['udp-owner-pid', 'UDP', 'IPv4'],
  ['udp6-owner-pid', 'UDP', 'IPv6'],
] as const;

interface CapturedSocket extends SsSocket {
  readonly localPort: number;
  readonly remotePort: number;
}

/** Address and port of a row, or what the extras say of them. */
function end(bytes: readonly number[], zone: number, port: number) {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! * 256 + bytes[2 * i + 1]!).toString(16));
  return { address: bytes.length === 4 ? bytes.join('.') : groups.join(':'), zone, port };
}

/** The sockets of a table, by an independent reader of its rows and of its extras. */
function socketsOf(table: RawTable): CapturedSocket[] {
  const rows = decodeSockets(table.class as TableClass, table.bytes);
  const bytesOf = (name: string, row: number): number[] => {
    const column = table.extras![name]!;
    const width = column.length / rows.length;
    return [...column.subarray(row * width, (row + 1) * width)];
  };
  const number = (name: string, row: number): number =>
    bytesOf(name, row).reduce((sum, byte, i) => sum + byte * 256 ** i, 0);
  return rows.map((row, i) => {
    const remotePort = (): number => {
      const [high = 0, low = 0] = bytesOf('remotePort', i);
      return high * 256 + low;
    };
    const remote = row.remote
      ? end(row.remote.bytes, row.remote.scope, row.remote.port)
      : end(bytesOf('remoteAddress', i), 0, remotePort());
    return {
      key: socketKey({
        ...(row.state !== null && { state: row.state }),
        local: end(row.local.bytes, zoneOf(row, number('interface', i)), row.local.port),
        remote,
        uid: number('uid', i),
        inode: number('inode', i),
      }),
      pids: row.pid === 0 ? [] : [row.pid],
      localPort: row.local.port,
      remotePort: remote.port,
    };
  });
}

/** IPv4 rows have no room for the interface: it stands in the extras alone. */
function zoneOf({ family, local }: SocketRow, networkInterface: number): number {
  if (family === 'IPv6') expect(local.scope).toBe(networkInterface);
  return networkInterface;
}

/** How often each key is there, and with which lowest pid each time. */
function ownersByKey(sockets: readonly SsSocket[]): Map<string, string> {
  const owners = new Map<string, number[]>();
  for (const { key, pids } of sockets) {
    const pid = pids.length === 0 ? 0 : Math.min(...pids);
    owners.set(key, [...(owners.get(key) ?? []), pid]);
  }
  return new Map([...owners].map(([key, pids]) => [key, pids.sort((a, b) => a - b).join()]));
}

describe.skipIf(noSs !== undefined)(
  `tables of netlink agree with ss${noSs === undefined ? '' : ` (skipped: ${noSs})`}`,
  () => {
    const sockets = new LoopbackSockets();
    const dualStack = createServer();
    const expected = new Map<TableClass, Set<number>>();

    beforeAll(async () => {
      for (const [tableClass, protocol, family] of TABLES) {
        const host = family === 'IPv4' ? '127.0.0.1' : '::1';
        if (protocol === 'UDP') {
          const { ports } = await sockets.startDatagrams(DATAGRAMS, host);
          expected.set(tableClass, new Set(ports));
        } else {
          const server = await sockets.startServer(511, host);
          const clients = await sockets.startClients(server.port, CONNECTIONS, host);
          expected.set(tableClass, new Set([server.port, ...clients.ports]));
        }
      }
      dualStack.listen({ port: 0, host: '::', ipv6Only: false });
      await once(dualStack, 'listening');
    }, 60_000);
    afterAll(async () => {
      dualStack.close();
      await sockets.close();
    });

    test.each(TABLES)(
      '%s: every socket that does not change meanwhile',
      async (tableClass, protocol, family) => {
        const before = ownersByKey(readSsSockets(protocol, family));
        const captured = socketsOf(await captureTable(provider, { class: tableClass }));
        const after = ownersByKey(readSsSockets(protocol, family));
        const owners = ownersByKey(captured);
        const stable = [...before].filter(([key, pids]) => after.get(key) === pids);
        const differing = stable.filter(([key, pids]) => owners.get(key) !== pids);
        expect(differing.map(([key, pids]) => ({ key, ss: pids, capture: owners.get(key) }))).toEqual([]);

        const ports = expected.get(tableClass)!;
        // Others may have had one of these ports for a connection of theirs, which is over, and belongs to nobody.
        const ours = captured.filter(({ localPort, key }) => {
          return ports.has(localPort) && !key.startsWith(`${TIME_WAIT} `);
        });
        expect(ours.length).toBeGreaterThanOrEqual(protocol === 'UDP' ? DATAGRAMS : 2 * CONNECTIONS + 1);
        const stableKeys = new Set(stable.map(([key]) => key));
        expect(ours.filter(({ key, pids }) => !stableKeys.has(key) || pids.length === 0)).toEqual([]);
      },
    );

    test('of UDP, the connected half has its remote port in the extras', async () => {
      const captured = socketsOf(await captureTable(provider, { class: 'udp6-owner-pid' }));
      const ports = expected.get('udp6-owner-pid')!;
      const ours = captured.filter(({ localPort }) => ports.has(localPort));
      expect(ours.filter(({ remotePort }) => ports.has(remotePort))).toHaveLength(DATAGRAMS / 2);
      expect(ours.filter(({ remotePort }) => remotePort === 0)).toHaveLength(DATAGRAMS / 2);
    });

    test('an IPv4 connection to an IPv6 listener keeps its mapped addresses', async () => {
      const { port } = dualStack.address() as { port: number };
      const accepted = once(dualStack, 'connection');
      const client = sockets.beginToConnect(port);
      const [socket] = (await accepted) as [{ destroy(): void }];
      const { bytes } = await captureTable(provider, { class: 'tcp6-2' });
      const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1];
      // Other programs may have the same port of another address.
      const row = decodeSockets('tcp6-2', bytes).find(
        ({ local, remote }) => local.port === port && remote?.port === client.localPort,
      );
      expect(row).toMatchObject({
        state: 5,
        local: { bytes: mapped, scope: 0, port },
        remote: { bytes: mapped, scope: 0 },
        pid: process.pid,
      });
      socket.destroy();
    });

    const zone = linkLocalZone();
    test.skipIf(zone === undefined)(
      `a link-local address has the number of its interface${zone ? '' : ' (skipped: this machine has none)'}`,
      async () => {
        const server = createServer().listen(0, `${zone!.address}%${zone!.name}`);
        await once(server, 'listening');
        const { port } = server.address() as { port: number };
        const { bytes } = await captureTable(provider, { class: 'tcp6-2' });
        server.close();
        const row = decodeSockets('tcp6-2', bytes).find(({ local }) => local.port === port);
        expect(row?.local.scope).toBe(zone!.index);
      },
    );

    test('all four tables are of one pass over the processes, and owners agree with a table taken alone', async () => {
      for (let round = 1; ; round++) {
        const requests = TABLES.map(([tableClass]) => ({ class: tableClass }));
        const { tables, failures } = await provider.captureTables(requests, true);
        expect(failures).toEqual([]);
        expect(tables.map((table) => table.class)).toEqual(TABLES.map(([tableClass]) => tableClass));
        const alone = await captureTable(provider, { class: 'udp-owner-pid' });
        // Other programs of the machine may open and close sockets between the two.
        if (Buffer.from(alone.bytes).equals(tables[2]!.bytes)) return;
        if (round === ROUNDS) expect(alone.bytes).toEqual(tables[2]!.bytes);
      }
    });
  },
);

describe.skipIf(noSs !== undefined)(
  `what netlink has not${noSs === undefined ? '' : ` (skipped: ${noSs})`}`,
  () => {
    test('a port that is only bound is in the table of such ports, where the kernel tells', async () => {
      const bound = await bindWithoutListening();
      try {
        const { bytes } = await captureTable(provider, { class: 'tcp2-bound' });
        const rows = decodeSockets('tcp2-bound', bytes);
        expect(rows.every(({ state }) => state === 100)).toBe(true);
        const row = rows.find(({ local }) => local.port === bound.port);
        if (kernelTellsBound()) expect(row).toMatchObject({ pid: process.pid, remote: { port: 0 } });
        else expect(rows).toEqual([]);
      } finally {
        bound.close();
      }
    });

    test('classes and scopes that are Windows alone are refused one by one', async () => {
      const requests = [
        { class: 'tcp-owner-module' },
        { class: 'tcp2' },
        { class: 'tcp-owner-pid', scope: 'listeners' },
      ] as const;
      const { tables, failures } = await provider.captureTables(requests, true);
      expect(tables.map((table) => table.class)).toEqual(['tcp2']);
      expect(failures.map(({ error }) => [error.code, error.message])).toEqual(
        ['tcp-owner-module', 'tcp-owner-pid:listeners'].map((name) => [
          'not-supported',
          `There is no table ${name} on Linux: it has tcp2, tcp6-2, udp-owner-pid and udp6-owner-pid, of all sockets.`,
        ]),
      );
    });
  },
);

/** Since Linux 6.8. */
function kernelTellsBound(): boolean {
  const [major = 0, minor = 0] = readFileSync('/proc/sys/kernel/osrelease', 'utf8').split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 8);
}

/** `fe80…0001 04 40 20 80 eth0`: address, interface number (hexadecimal), prefix, scope, flags, name. */
function linkLocalZone() {
  if (process.platform !== 'linux') return undefined;
  for (const line of readFileSync('/proc/net/if_inet6', 'utf8').split('\n')) {
    const [digits = '', index = '', , , , name = ''] = line.trim().split(/\s+/);
    if (digits.startsWith('fe80')) {
      return { address: digits.match(/.{4}/g)!.join(':'), index: Number.parseInt(index, 16), name };
    }
  }
  return undefined;
}
