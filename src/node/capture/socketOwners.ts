import { closeSync, openSync, readdirSync } from 'node:fs';
import { type Koffi, openLibrary } from './koffi.js';

/**
 * Finds which process has each socket open, from the links /proc/PID/fd/N → `socket:[INODE]` (proc(5)).
 *
 * Several processes can hold one socket: a server's workers inherit its listener. The lowest pid is taken, since it is the same
 * in every capture while it lives, and since it is mostly the parent, which opened the socket before it forked. Going through the
 * pids upwards also allows to stop as soon as every socket has its owner.
 *
 * Without root only one's own processes can be looked into; others, and those that end meanwhile, are passed over.
 *
 * @returns inode → pid, for those of `inodes` that were found
 */
export function findSocketOwners(koffi: Koffi, inodes: ReadonlySet<number>): ReadonlyMap<number, number> {
  const owners = new Map<number, number>();
  const readSocketLink = bindSocketLinks(koffi);
  for (const pid of listPids()) {
    if (owners.size === inodes.size) break;
    inFolder(`/proc/${pid}/fd`, (folder, names) => {
      for (const name of names) {
        const inode = readSocketLink(folder, name);
        if (inodes.has(inode) && !owners.has(inode)) owners.set(inode, pid);
      }
    });
  }
  return owners;
}

/** Ascending. Empty where /proc cannot be read. */
export function listPids(): number[] {
  const pids: number[] = [];
  inFolder('/proc', (_, names) => {
    for (const name of names) if (/^[0-9]+$/.test(name)) pids.push(Number(name));
  });
  return pids.sort((a, b) => a - b);
}

/** Opens a folder and reads its names; does nothing where it cannot be read. */
function inFolder(path: string, use: (folder: number, names: readonly string[]) => void): void {
  let folder: number | undefined;
  try {
    folder = openSync(path, 'r');
    use(folder, readdirSync(path));
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}

const LINK_BYTES = 64;
const PREFIX = Buffer.from('socket:[');
const [ZERO, NINE] = [0x30, 0x39];

/**
 * readlinkat, relative to an open folder and into one buffer: the kernel need not walk the path for each of thousands of descriptors,
 * and no text is made of the links.
 *
 * @returns what gives the inode of a link to a socket; 0 for other links, and those that cannot be read
 */
function bindSocketLinks(koffi: Koffi): (folder: number, name: string) => number {
  const readlinkat = openLibrary(koffi, 'libc.so.6').bind<
    (folder: number, name: string, link: Uint8Array, bytes: number) => number
  >('intptr_t readlinkat(int folder, const char *name, void *link, size_t bytes)');
  const link = new Uint8Array(LINK_BYTES);
  return (folder, name) => {
    const length = readlinkat(folder, name, link, LINK_BYTES);
    if (length <= PREFIX.length || PREFIX.some((byte, i) => link[i] !== byte)) return 0;
    let inode = 0;
    for (let i = PREFIX.length; i < length; i++) {
      const byte = link[i]!;
      if (byte < ZERO || byte > NINE) break;
      inode = inode * 10 + byte - ZERO;
    }
    return inode;
  };
}
