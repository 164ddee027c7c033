import { closeSync, openSync, readdirSync } from 'node:fs';
import { isSystemError } from '../files/systemError.js';
import { HeldSockets } from './heldSockets.js';
import type { InodePids } from './inodePids.js';
import { type Koffi, openLibrary } from './koffi.js';

/** A process that was found to own sockets. */
interface Owner {
  readonly held: HeldSockets;
  /** Descriptors of sockets that are gone, the latest last: the kernel gives the lowest free one to what is opened next. */
  readonly free: Set<number>;
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

  /** Notes the process of each socket for which one was found. */
  find(sockets: InodePids): void {
    this.#search++;
    const pids = listPids();
    const living = new Set(pids);
    for (const [pid, owner] of this.#owners) {
      if (living.has(pid)) this.#keep(pid, owner, sockets);
      else this.#owners.delete(pid);
    }
    for (const [pid, owner] of this.#owners) {
      if (sockets.found === sockets.size) return;
      this.#probe(pid, owner, sockets);
    }
    if (!this.#isWorthLooking(sockets)) return;
    for (const pid of pids) {
      if (sockets.found === sockets.size) break;
      this.#lookInto(pid, sockets);
    }
    this.#ownerless = new Set(sockets.ownerless());
  }

  /** Whether a socket has no owner yet that was not looked for in vain before, or it is time to look for those again. */
  #isWorthLooking(sockets: InodePids): boolean {
    if (sockets.found === sockets.size) return false;
    if (this.#search % RECHECK_SEARCHES === 0) return true;
    for (const inode of sockets.ownerless()) if (!this.#ownerless.has(inode)) return true;
    return false;
  }

  /** Takes over what the process was found to hold, but for what is gone, or turns out to be another's now. */
  #keep(pid: number, owner: Owner, sockets: InodePids): void {
    const { held } = owner;
    let due = 0;
    for (let i = held.count - 1; i >= 0; i--) {
      const inode = held.inode(i);
      if (!sockets.has(inode)) drop(owner, i);
      else if (this.#isDue(held, i)) due++;
      else sockets.setPid(inode, pid);
    }
    if (due > 0) this.#check(pid, owner, sockets);
  }

  /** Looks at those that are due again. */
  #check(pid: number, owner: Owner, sockets: InodePids): void {
    const { held } = owner;
    const keep = (isHeld: (i: number) => boolean): void => {
      for (let i = held.count - 1; i >= 0; i--) {
        if (!this.#isDue(held, i)) continue;
        if (isHeld(i)) sockets.setPid(held.inode(i), pid);
        else drop(owner, i);
      }
    };
    const isOpen = inFolder(descriptorsOf(pid), (folder) =>
      keep((i) => this.#readSocketLink(folder, String(held.descriptor(i))) === held.inode(i)),
    );
    if (!isOpen) keep(() => false);
  }

  #isDue(held: HeldSockets, i: number): boolean {
    return (
      this.#search - held.since(i) <= YOUNG_SEARCHES ||
      (held.inode(i) + this.#search) % RECHECK_SEARCHES === 0
    );
  }

  /** Looks where a process would have its next sockets. */
  #probe(pid: number, owner: Owner, sockets: InodePids): void {
    inFolder(descriptorsOf(pid), (folder) => {
      for (const descriptor of owner.free) this.#take(pid, owner, folder, descriptor, sockets);
      // What is no socket, and what is not open, ends the row of new ones, unless it is a single one.
      for (let misses = 0, next = owner.highest + 1; misses < 2; next++) {
        misses = this.#take(pid, owner, folder, next, sockets) ? 0 : misses + 1;
      }
    });
  }

  #lookInto(pid: number, sockets: InodePids): void {
    const owner: Owner = this.#owners.get(pid) ?? { held: new HeldSockets(), free: new Set(), highest: -1 };
    const held = owner.held.descriptors();
    const path = descriptorsOf(pid);
    inFolder(path, (folder) => {
      for (const name of readdirSync(path)) {
        if (!held.has(Number(name))) this.#take(pid, owner, folder, Number(name), sockets);
      }
    });
    if (owner.held.count > 0) this.#owners.set(pid, owner);
  }

  /** Notes the process as the owner of the socket of this descriptor, if it is one that is looked for and has none yet. */
  #take(pid: number, owner: Owner, folder: number, descriptor: number, sockets: InodePids): boolean {
    const inode = this.#readSocketLink(folder, String(descriptor));
    if (sockets.pid(inode) !== 0 || !sockets.setPid(inode, pid)) return false;
    owner.held.add(descriptor, inode, this.#search);
    owner.free.delete(descriptor);
    owner.highest = Math.max(owner.highest, descriptor);
    return true;
  }
}

function drop({ held, free }: Owner, i: number): void {
  const descriptor = held.descriptor(i);
  held.remove(i);
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
