import { closeSync, openSync, readdirSync } from 'node:fs';
import { isSystemError } from '../files/systemError.js';
import { type Koffi, openLibrary } from './koffi.js';

/** What a descriptor of a process holds. */
interface Held {
  readonly inode: number;
  /** The search that found it. */
  readonly since: number;
}

/** A process that was found to own sockets. */
interface Owner {
  /** Its sockets by descriptor. */
  readonly held: Map<string, Held>;
  /** Descriptors of sockets that are gone, the latest last: the kernel gives the lowest free one to what is opened next. */
  readonly free: Set<string>;
  /** The highest descriptor that held a socket. */
  highest: number;
}

/** So many free descriptors are looked at; where more are free, it takes no longer to list those that are not. */
const MAX_FREE = 256;

/** A holder is looked at again in each of so many searches after it was found: what is accepted is soon handed on, or not at all. */
const YOUNG_SEARCHES = 2;
/** Later, in every so many searches. */
const RECHECK_SEARCHES = 64;

/**
 * Finds which process has each socket open, from the links /proc/PID/fd/N → `socket:[INODE]` (proc(5)).
 *
 * Several processes can hold one socket: a server's workers inherit its listener. The lowest pid is taken, since it is the same
 * in every capture while it lives, and since it is mostly the parent, which opened the socket before it forked. Going through the
 * pids upwards also allows to stop as soon as every socket has its owner.
 *
 * Searched again and again, as in a recording, most sockets are those of the search before. Their holders are kept, and checked
 * only now and then, unless the process has ended: reading a link for every socket takes longer than all else. So an owner that
 * hands a socket on, and keeps living, is seen RECHECK_SEARCHES searches later at the latest. New sockets are looked for first where
 * their owners' next ones must be, at the lowest free descriptors; only what is not found so takes a look at all descriptors of all
 * processes.
 *
 * Without root only one's own processes can be looked into; others, and those that end meanwhile, are passed over.
 */
export class SocketOwners {
  readonly #readSocketLink: (folder: number, name: string) => number;
  /** By pid. */
  readonly #owners = new Map<number, Owner>();
  /** Sockets that no process was found to have: those of the kernel, and of processes that may not be looked into. */
  #ownerless: ReadonlySet<number> = new Set();
  #search = 0;

  constructor(koffi: Koffi) {
    this.#readSocketLink = bindSocketLinks(koffi);
  }

  /** inode → pid, for those of `inodes` that were found. */
  find(inodes: ReadonlySet<number>): ReadonlyMap<number, number> {
    this.#search++;
    const pids = listPids();
    const living = new Set(pids);
    const owners = new Map<number, number>();
    for (const [pid, owner] of this.#owners) {
      if (living.has(pid)) this.#keep(pid, owner, inodes, owners);
      else this.#owners.delete(pid);
    }
    for (const [pid, owner] of this.#owners) {
      if (owners.size === inodes.size) return owners;
      this.#probe(pid, owner, inodes, owners);
    }
    if (!this.#isWorthLooking(inodes, owners)) return owners;
    for (const pid of pids) {
      if (owners.size === inodes.size) break;
      this.#lookInto(pid, inodes, owners);
    }
    this.#ownerless = new Set([...inodes].filter((inode) => !owners.has(inode)));
    return owners;
  }

  /** Whether a socket has no owner yet that was not looked for in vain before, or it is time to look for those again. */
  #isWorthLooking(inodes: ReadonlySet<number>, owners: ReadonlyMap<number, number>): boolean {
    if (owners.size === inodes.size) return false;
    if (this.#search % RECHECK_SEARCHES === 0) return true;
    for (const inode of inodes) if (!owners.has(inode) && !this.#ownerless.has(inode)) return true;
    return false;
  }

  /** Takes over what the process was found to hold, but for what is gone, or turns out to be another's now. */
  #keep(pid: number, owner: Owner, inodes: ReadonlySet<number>, owners: Map<number, number>): void {
    const due: string[] = [];
    for (const [descriptor, { inode, since }] of owner.held) {
      if (!inodes.has(inode)) drop(owner, descriptor);
      else if (this.#isDue(inode, since)) due.push(descriptor);
      else owners.set(inode, pid);
    }
    if (due.length === 0) return;
    const isOpen = inFolder(descriptorsOf(pid), (folder) => {
      for (const descriptor of due) {
        const { inode } = owner.held.get(descriptor)!;
        if (this.#readSocketLink(folder, descriptor) === inode) owners.set(inode, pid);
        else drop(owner, descriptor);
      }
    });
    if (!isOpen) for (const descriptor of due) drop(owner, descriptor);
  }

  #isDue(inode: number, since: number): boolean {
    return this.#search - since <= YOUNG_SEARCHES || (inode + this.#search) % RECHECK_SEARCHES === 0;
  }

  /** Looks where a process would have its next sockets. */
  #probe(pid: number, owner: Owner, inodes: ReadonlySet<number>, owners: Map<number, number>): void {
    inFolder(descriptorsOf(pid), (folder) => {
      for (const descriptor of owner.free) this.#take(pid, owner, folder, descriptor, inodes, owners);
      // What is no socket, and what is not open, ends the row of new ones, unless it is a single one.
      for (let misses = 0, next = owner.highest + 1; misses < 2; next++) {
        const isTaken = this.#take(pid, owner, folder, String(next), inodes, owners);
        misses = isTaken ? 0 : misses + 1;
      }
    });
  }

  #lookInto(pid: number, inodes: ReadonlySet<number>, owners: Map<number, number>): void {
    const owner: Owner = this.#owners.get(pid) ?? { held: new Map(), free: new Set(), highest: -1 };
    const path = descriptorsOf(pid);
    inFolder(path, (folder) => {
      for (const descriptor of readdirSync(path)) {
        if (!owner.held.has(descriptor)) this.#take(pid, owner, folder, descriptor, inodes, owners);
      }
    });
    if (owner.held.size > 0) this.#owners.set(pid, owner);
  }

  /** Notes the process as the owner of the socket of this descriptor, if it is one that is looked for and has none yet. */
  #take(
    pid: number,
    owner: Owner,
    folder: number,
    descriptor: string,
    inodes: ReadonlySet<number>,
    owners: Map<number, number>,
  ): boolean {
    const inode = this.#readSocketLink(folder, descriptor);
    if (!inodes.has(inode) || owners.has(inode)) return false;
    owners.set(inode, pid);
    owner.held.set(descriptor, { inode, since: this.#search });
    owner.free.delete(descriptor);
    owner.highest = Math.max(owner.highest, Number(descriptor));
    return true;
  }
}

function drop({ held, free }: Owner, descriptor: string): void {
  held.delete(descriptor);
  free.delete(descriptor);
  free.add(descriptor);
  if (free.size > MAX_FREE) for (const oldest of free) return void free.delete(oldest);
}

function descriptorsOf(pid: number): string {
  return `/proc/${pid}/fd`;
}

/** Ascending. Empty where /proc cannot be read. */
export function listPids(): number[] {
  const pids: number[] = [];
  inFolder('/proc', () => {
    for (const name of readdirSync('/proc')) if (/^[0-9]+$/.test(name)) pids.push(Number(name));
  });
  return pids.sort((a, b) => a - b);
}

/** Opens a folder for as long as `use` runs. False where it cannot be opened, or `use` cannot read it. */
function inFolder(path: string, use: (folder: number) => void): boolean {
  let folder: number | undefined;
  try {
    folder = openSync(path, 'r');
    use(folder);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
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
