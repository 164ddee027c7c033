/**
 * The sockets of a capture by inode, and the process that each of them was found to belong to. A hash table of numbers: tens of thousands
 * come with every tick of a recording, and none of them becomes an object.
 */
export class InodePids {
  /** Linear probing; 0, which no socket has, is a free place. At least half are free. */
  readonly #inodes: Uint32Array;
  /** 0 where no process was found. */
  readonly #pids: Uint32Array;
  readonly #mask: number;
  #size = 0;
  #found = 0;

  /** @param capacity how many inodes will be added, at most */
  constructor(capacity: number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(1, capacity) * 2));
    this.#inodes = new Uint32Array(places);
    this.#pids = new Uint32Array(places);
    this.#mask = places - 1;
  }

  /** How many inodes there are, each counted once. */
  get size(): number {
    return this.#size;
  }

  /** How many of them have a process. */
  get found(): number {
    return this.#found;
  }

  /** An inode of 0 is none. */
  add(inode: number): void {
    const place = this.#place(inode);
    if (inode === 0 || this.#inodes[place] === inode) return;
    this.#inodes[place] = inode;
    this.#size++;
  }

  has(inode: number): boolean {
    return inode !== 0 && this.#inodes[this.#place(inode)] === inode;
  }

  /** 0 where no process was found, and where there is no such inode. */
  pid(inode: number): number {
    return inode === 0 ? 0 : this.#pids[this.#place(inode)]!;
  }

  /** Notes the process. False where there is no such inode. */
  setPid(inode: number, pid: number): boolean {
    if (!this.has(inode)) return false;
    const place = this.#place(inode);
    if (this.#pids[place] === 0) this.#found++;
    this.#pids[place] = pid;
    return true;
  }

  /** Those of which no process was found. */
  *ownerless(): Iterable<number> {
    for (let place = 0; place <= this.#mask; place++) {
      if (this.#pids[place] === 0 && this.#inodes[place] !== 0) yield this.#inodes[place]!;
    }
  }

  /** Where it is, or would be. */
  #place(inode: number): number {
    // The upper bits of the product depend on all bits of the inode.
    let place = (Math.imul(inode, 0x9e3779b1) >>> 7) & this.#mask;
    while (this.#inodes[place] !== 0 && this.#inodes[place] !== inode) place = (place + 1) & this.#mask;
    return place;
  }
}
