/** What of a process's descriptors holds a socket: three numbers each, in no order. */
export class HeldSockets {
  #count = 0;
  #numbers = new Uint32Array(3 * 16);

  get count(): number {
    return this.#count;
  }

  descriptor(i: number): number {
    return this.#numbers[i * 3]!;
  }

  inode(i: number): number {
    return this.#numbers[i * 3 + 1]!;
  }

  /** The search that found it. */
  since(i: number): number {
    return this.#numbers[i * 3 + 2]!;
  }

  add(descriptor: number, inode: number, since: number): void {
    const at = this.#count * 3;
    if (at === this.#numbers.length) {
      const larger = new Uint32Array(at * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[at] = descriptor;
    this.#numbers[at + 1] = inode;
    this.#numbers[at + 2] = since;
    this.#count++;
  }

  /** The last one takes its place: who removes while going through them goes backwards. */
  remove(i: number): void {
    this.#count--;
    this.#numbers.copyWithin(i * 3, this.#count * 3, this.#count * 3 + 3);
  }

  descriptors(): Set<number> {
    const all = new Set<number>();
    for (let i = 0; i < this.#count; i++) all.add(this.descriptor(i));
    return all;
  }
}
