import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createNetlinkProvider } from '../../dist/node/capture/netlink.js';
import { CLI } from '../cli/runCli.js';
import { type ReferenceRow, decodeReference } from '../reference/mibTcpTable2.js';
import { type SsRow, readSs, whyNoSs } from '../reference/ssTable.js';
import { bindWithoutListening } from './boundSocket.js';
import { captureTable } from './captureTable.js';
import { LoopbackSockets } from './loopbackSockets.js';
import { captureUnprivileged } from './unprivilegedCapture.js';

const provider = createNetlinkProvider();
const LOOPBACK = '127.0.0.1';
const [LISTEN, SYN_SENT, ESTABLISHED, FIN_WAIT2, CLOSE_WAIT, TIME_WAIT] = [2, 3, 5, 7, 8, 11];

type Ends = Pick<ReferenceRow, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>;
type Owned = Ends & Pick<ReferenceRow, 'state' | 'pid'>;

async function captureRows(): Promise<ReferenceRow[]> {
  const { bytes } = await captureTable(provider);
  return decodeReference(bytes);
}

const ends = (localPort: number, remotePort: number): Ends => ({
  localAddress: LOOPBACK,
  localPort,
  remoteAddress: remotePort === 0 ? '0.0.0.0' : LOOPBACK,
  remotePort,
});
const keyOf = (row: Owned) =>
  `${row.state} ${row.localAddress}:${row.localPort} ${row.remoteAddress}:${row.remotePort}`;
const textOf = (row: Owned) => `${keyOf(row)} pid ${row.pid}`;

/** Several sockets can have the same ends (SO_REUSEPORT): rows by key, each with all its pids. */
function pidsByKey(rows: readonly Owned[]): Map<string, string> {
  const pids = new Map<string, number[]>();
  for (const row of rows) pids.set(keyOf(row), [...(pids.get(keyOf(row)) ?? []), row.pid]);
  return new Map([...pids].map(([key, list]) => [key, list.sort((a, b) => a - b).join()]));
}

/** Takes `ss`, the capture and `ss` again, and compares every row that is the same in both runs of `ss`. */
async function compareWithSs(): Promise<{ readonly rows: ReferenceRow[]; readonly compared: Set<string> }> {
  const before = pidsByKey(readSs());
  const rows = await captureRows();
  const after = pidsByKey(readSs());
  const captured = pidsByKey(rows);
  const stable = [...before].filter(([key, pids]) => after.get(key) === pids);
  const differing = stable.filter(([key, pids]) => captured.get(key) !== pids);
  expect(differing.map(([key, pids]) => ({ key, ss: pids, capture: captured.get(key) }))).toEqual([]);
  return { rows, compared: new Set(stable.map(([key]) => key)) };
}

async function waitForSs(wanted: (rows: readonly SsRow[]) => boolean): Promise<void> {
  const check = () => {
    if (!wanted(readSs())) throw new Error('ss does not show the sockets of this test as they should be');
  };
  await vi.waitFor(check, { timeout: 30_000, interval: 20 });
}

const noLinux = process.platform === 'linux' ? undefined : 'not on Linux';
const noSs = whyNoSs();
const skipped = (reason: string | undefined) => (reason === undefined ? '' : ` (skipped: ${reason})`);

describe.skipIf(noLinux !== undefined)(`netlink provider${skipped(noLinux)}`, () => {
  const sockets = new LoopbackSockets();
  afterAll(() => sockets.close());

  test('says how the table was taken', async () => {
    const before = Number(process.hrtime.bigint() / 1000n);
    const table = await captureTable(provider);
    const after = Number(process.hrtime.bigint() / 1000n);
    expect(table).toStrictEqual({
      class: 'tcp2',
      function: 'NETLINK_SOCK_DIAG',
      scope: 'all',
      order: false,
      synthesized: true,
      calls: expect.any(Number) as number,
      retries: table.calls! - 1,
      monotonicMicroseconds: expect.any(Number) as number,
      elapsedMicroseconds: expect.any(Number) as number,
      ownersUnresolved: expect.any(Number) as number,
      extras: {
        uid: expect.any(Uint8Array) as Uint8Array,
        inode: expect.any(Uint8Array) as Uint8Array,
        interface: expect.any(Uint8Array) as Uint8Array,
      },
      bytes: expect.any(Uint8Array) as Uint8Array,
    });
    expect(table.monotonicMicroseconds).toBeGreaterThanOrEqual(before);
    expect(table.monotonicMicroseconds).toBeLessThanOrEqual(after);
    expect(table.elapsedMicroseconds).toBeGreaterThanOrEqual(0);
    expect(table.elapsedMicroseconds).toBeLessThanOrEqual(after - before);
    expect(table.bytes.length).toBe(4 + 28 * decodeReference(table.bytes).length);
  });

  test('tells root from others', async () => {
    expect(await provider.isElevated()).toBe(process.geteuid!() === 0);
  });

  test('leaves no file descriptor behind', async () => {
    const count = () => readdirSync('/proc/self/fd').length;
    await captureRows();
    const before = count();
    for (let i = 0; i < 20; i++) await captureRows();
    expect(count()).toBeLessThan(before + 10);
  });

  test('a port that is bound, but neither listens nor connects, is not in the table, as on Windows', async () => {
    const bound = await bindWithoutListening();
    try {
      expect((await captureRows()).filter(({ localPort }) => localPort === bound.port)).toEqual([]);
    } finally {
      bound.close();
    }
  });

  test('IPv4 connections of a dual-stack listener belong to the IPv6 table', async () => {
    const server = createServer().listen({ port: 0, host: '::', ipv6Only: false });
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const accepted = once(server, 'connection');
    const client = sockets.beginToConnect(port);
    const [socket] = (await accepted) as [{ destroy(): void }];
    const rows = (await captureRows()).filter((row) => row.localPort === port || row.remotePort === port);
    expect(rows).toEqual([
      { state: ESTABLISHED, ...ends(client.localPort!, port), pid: process.pid, offload: 0 },
    ]);
    socket.destroy();
    server.close();
  });
});

describe.skipIf(noSs !== undefined)(`netlink provider agrees with ss${skipped(noSs)}`, () => {
  const sockets = new LoopbackSockets();
  const own = { pid: process.pid };
  const expected: Owned[] = [];
  const ours = new Set<number>();

  const listener = createServer();

  beforeAll(async () => {
    const server = await sockets.startServer();
    ours.add(server.port);
    const connection = async (clientState: number, serverState: number) => {
      const client = await sockets.connect(server.port);
      const port = client.localPort!;
      expected.push({ state: clientState, ...ends(port, server.port), ...own });
      expected.push({ state: serverState, ...ends(server.port, port), pid: server.pid });
      return client;
    };
    expected.push({ state: LISTEN, ...ends(server.port, 0), pid: server.pid });
    await connection(ESTABLISHED, ESTABLISHED);
    (await connection(FIN_WAIT2, CLOSE_WAIT)).end();

    // The side that closes first is the one that waits. Nobody owns it then.
    const closing = await sockets.connect(server.port);
    expected.push({ state: TIME_WAIT, ...ends(closing.localPort!, server.port), pid: 0 });
    closing.end('close');

    // One listener in two processes.
    listener.listen({ port: 0, host: '0.0.0.0' });
    await once(listener, 'listening');
    await server.share(listener);
    const { port } = listener.address() as { port: number };
    ours.add(port);
    const everywhere = { localAddress: '0.0.0.0', remoteAddress: '0.0.0.0' };
    expected.push({
      state: LISTEN,
      ...everywhere,
      localPort: port,
      remotePort: 0,
      pid: Math.min(process.pid, server.pid),
    });

    // A process that accepts nothing, with room for two: they are established without an owner, the others go on asking.
    const frozen = await sockets.startServer(1);
    ours.add(frozen.port);
    await frozen.stop();
    expected.push({ state: LISTEN, ...ends(frozen.port, 0), pid: frozen.pid });
    for (let i = 0; i < 2; i++) {
      const waiting = sockets.beginToConnect(frozen.port);
      await once(waiting, 'connect');
      expected.push({ state: ESTABLISHED, ...ends(waiting.localPort!, frozen.port), ...own });
      expected.push({ state: ESTABLISHED, ...ends(frozen.port, waiting.localPort!), pid: 0 });
    }
    for (let i = 0; i < 3; i++) sockets.beginToConnect(frozen.port);
    const isAsking = (row: SsRow) => row.state === SYN_SENT && row.remotePort === frozen.port;
    await waitForSs((rows) => rows.filter(isAsking).length === 3);
    for (const { localPort } of readSs().filter(isAsking)) {
      expected.push({ state: SYN_SENT, ...ends(localPort, frozen.port), ...own });
    }

    await waitForSs((rows) => {
      const keys = new Set(rows.map(keyOf));
      return expected.every((row) => keys.has(keyOf(row)));
    });
  }, 60_000);
  afterAll(async () => {
    listener.close();
    await sockets.close();
  });

  test('the sockets of this test are in every state that can be held still on loopback', () => {
    const states = new Set(expected.map(({ state }) => state));
    expect(states).toEqual(new Set([LISTEN, SYN_SENT, ESTABLISHED, FIN_WAIT2, CLOSE_WAIT, TIME_WAIT]));
    expect(expected.filter(({ pid, state }) => pid === 0 && state === ESTABLISHED)).not.toEqual([]);
  });

  test('on every row that does not change meanwhile', async () => {
    const { rows, compared } = await compareWithSs();
    expect(expected.filter((row) => !compared.has(keyOf(row)))).toEqual([]);
    const captured = new Set(rows.map(textOf));
    expect(expected.map(textOf).filter((text) => !captured.has(text))).toEqual([]);
  });

  test('so does what the command line captures to a file and reads back from it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tcpscope-ss-'));
    const file = join(folder, 'machine.tcpsnap');
    try {
      execFileSync(process.execPath, [CLI, 'capture', file], { stdio: ['ignore', 'ignore', 'pipe'] });
      const shown = execFileSync(process.execPath, [CLI, 'show', '--format', 'json', file], {
        encoding: 'utf8',
        // The machine may have any number of other sockets.
        maxBuffer: 1 << 30,
      });
      const { connections } = JSON.parse(shown) as { connections: ReferenceRow[] };
      const captured = new Set(connections.map(textOf));
      expect(expected.map(textOf).filter((text) => !captured.has(text))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('and has no row of these ports that ss has not', async () => {
    const before = readSs();
    const rows = await captureRows();
    const known = new Set([...before, ...readSs()].map(keyOf));
    const mine = rows.filter(({ localPort, remotePort }) => ours.has(localPort) || ours.has(remotePort));
    expect(mine.length).toBeGreaterThanOrEqual(expected.length);
    expect(mine.filter((row) => !known.has(keyOf(row)))).toEqual([]);
  });

  test('where two processes hold one socket, the lower pid is taken', async () => {
    const { port } = listener.address() as { port: number };
    const shared = readSs().find((row) => row.localPort === port)!;
    expect(shared.pids).toHaveLength(2);
    const row = (await captureRows()).find(({ localPort }) => localPort === port)!;
    expect(row.pid).toBe(Math.min(...shared.pids));
  });

  test('on 2,000 sockets of two processes', async () => {
    const server = await sockets.startServer();
    const clients = await sockets.startClients(server.port, 1000);
    const { rows, compared } = await compareWithSs();
    const both = clients.ports.flatMap((port): Owned[] => [
      { state: ESTABLISHED, ...ends(port, server.port), pid: clients.pid },
      { state: ESTABLISHED, ...ends(server.port, port), pid: server.pid },
    ]);
    const captured = new Set(rows.map(textOf));
    expect(both.filter((row) => !captured.has(textOf(row)) || !compared.has(keyOf(row)))).toEqual([]);
    const inTable = rows.filter((row) => row.localPort === server.port || row.remotePort === server.port);
    expect(inTable).toHaveLength(2001);
  });

  test('without root, on how many sockets belong to others', async () => {
    const child = await captureUnprivileged();
    const rows = decodeReference(child.bytes);
    const ofPort = (port: number) => rows.filter((row) => row.localPort === port && row.state === LISTEN);

    expect(child.elevated).toBe(false);
    expect(ofPort(child.ownPort).map(({ pid }) => pid)).toEqual([child.pid]);
    expect(child.processes.find(({ pid }) => pid === child.pid)?.path).toBe(realpathSync(process.execPath));
    if (process.getuid!() === 0) {
      // This test is root and the child is not: none of the other sockets can be looked into.
      const { port } = listener.address() as { port: number };
      expect(ofPort(port).map(({ pid }) => pid)).toEqual([0]);
      expect(child.ownersUnresolved).toBeGreaterThan(0);
      const self = child.processes.find(({ pid }) => pid === process.pid);
      expect(self).not.toHaveProperty('path');
    }
    const withInode = child.ss.filter(({ inode }) => inode !== 0).length;
    const resolved = rows.filter(({ pid }) => pid !== 0).length;
    expect(rows.length).toBe(child.ss.length);
    expect(child.ownersUnresolved).toBe(withInode - resolved);
  });
});
