import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InodePids } from '../../dist/node/capture/inodePids.js';
import { loadKoffi } from '../../dist/node/capture/koffi.js';
import { SocketOwners } from '../../dist/node/capture/socketOwners.js';
import { skippedFor } from '../cli/runCli.js';

// One search after another, as a recording makes them. A single search is compared with ss in netlink.test.ts.

const noProc = process.platform === 'linux' ? undefined : 'only Linux has /proc/PID/fd';
/** No inode of a socket: the root of a file system has it. */
const NOBODYS = 2;
/** In how many searches a socket that was handed on is found, at the latest. */
const RECHECK_SEARCHES = 64;

describe.skipIf(noProc)(`owners over many searches${skippedFor(noProc)}`, () => {
  let owners: SocketOwners;
  const children: ChildProcess[] = [];
  const servers: Server[] = [];

  beforeAll(async () => {
    owners = new SocketOwners(await loadKoffi());
  });
  afterAll(() => {
    for (const child of children) child.kill();
    for (const server of servers) server.close();
  });

  /** inode → pid, for those that were found. */
  function find(inodes: readonly number[]): ReadonlyMap<number, number> {
    const pids = new InodePids(inodes.length);
    for (const inode of inodes) pids.add(inode);
    owners.find(pids);
    return new Map(inodes.map((inode) => [inode, pids.pid(inode)] as const).filter(([, pid]) => pid !== 0));
  }

  async function listen(): Promise<Server> {
    const server = createServer();
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return server;
  }

  /** Another process, which holds the listener too. */
  async function share(listener: Server): Promise<ChildProcess> {
    const holder = fileURLToPath(new URL('socketHolder.mjs', import.meta.url));
    const child = fork(holder, ['server', '1', '127.0.0.1'], { execArgv: [] });
    children.push(child);
    await once(child, 'message');
    child.send('listener', listener);
    await once(child, 'message');
    return child;
  }

  test('new sockets are found at once, gone ones are forgotten', async () => {
    const inodes = new Set<number>();
    for (let round = 0; round < 40; round++) {
      const before = socketInodes();
      const server = await listen();
      const [inode] = [...socketInodes()].filter((held) => !before.has(held));
      inodes.add(inode!);
      // Beside them one that nobody has, which is looked for in vain.
      const found = find([...inodes, NOBODYS]);
      expect(new Set(found.keys())).toEqual(inodes);
      expect([...found.values()].every((pid) => pid === process.pid)).toBe(true);
      if (round % 3 === 2) {
        server.close();
        await once(server, 'close');
        expect(find([inode!]).size).toBe(0);
        inodes.delete(inode!);
      }
    }
  });

  test('a socket that its owner hands on, and closes, is the other’s soon, and at once when the owner has ended', async () => {
    const before = socketInodes();
    const listener = await listen();
    const [inode] = [...socketInodes()].filter((held) => !before.has(held));
    const ownerNow = () => find([inode!]).get(inode!);
    expect(ownerNow()).toBe(process.pid);
    const first = await share(listener);
    const second = await share(listener);
    const both = [first.pid!, second.pid!];
    for (let search = 0; search < 5; search++) ownerNow();

    listener.close();
    await once(listener, 'close');
    let searches = 1;
    while (ownerNow() === process.pid) searches++;
    expect(searches).toBeLessThanOrEqual(RECHECK_SEARCHES);
    const owner = ownerNow()!;
    expect(both).toContain(owner);

    const [ending, other] = first.pid === owner ? [first, second] : [second, first];
    ending.kill('SIGKILL');
    await once(ending, 'close');
    expect(ownerNow()).toBe(other.pid);
  });
});

/** Inodes of this process's own sockets, read as a shell would. */
function socketInodes(): Set<number> {
  const inodes = new Set<number>();
  for (const descriptor of readdirSync('/proc/self/fd')) {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`)) ?? [];
      if (inode !== undefined) inodes.add(Number(inode));
    } catch {
      // The descriptor of the listing itself.
    }
  }
  return inodes;
}
