import { readdirSync, readlinkSync } from 'node:fs';

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
export function findSocketOwners(inodes: ReadonlySet<number>): ReadonlyMap<number, number> {
  const owners = new Map<number, number>();
  for (const pid of listPids()) {
    if (owners.size === inodes.size) break;
    for (const inode of openSockets(pid)) {
      if (inodes.has(inode) && !owners.has(inode)) owners.set(inode, pid);
    }
  }
  return owners;
}

/** Ascending. Empty where /proc cannot be read. */
export function listPids(): number[] {
  return readNames('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

function openSockets(pid: number): number[] {
  const folder = `/proc/${pid}/fd/`;
  const inodes: number[] = [];
  for (const name of readNames(folder)) {
    const target = readLink(folder + name);
    if (target.startsWith('socket:[')) inodes.push(Number(target.slice('socket:['.length, -1)));
  }
  return inodes;
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
