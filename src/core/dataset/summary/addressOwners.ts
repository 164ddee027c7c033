const FIRST_ADDRESSES = 1 << 9;

/** Stand for the owner of an address that no host has, and of one that several have. Hosts are numbers above. */
export const NO_OWNER = 0;
export const SEVERAL_OWNERS = 1;
export const FIRST_HOST = 2;

/** Addresses, the host that has each, and the rows that have it at their remote end. */
export class AddressOwners {
  readonly #words: number;
  readonly #seed: number;
  #addresses: Uint32Array;
  #owners = new Uint32Array(FIRST_ADDRESSES);
  #rows = new Float64Array(FIRST_ADDRESSES);
  #count = 0;
  /** Numbers of addresses, from 1, by hash; at most half full. */
  #slots = new Uint32Array(FIRST_ADDRESSES * 2);

  /** @param words of an address */
  constructor(words: number, seed: number) {
    this.#words = words;
    this.#seed = seed | 0;
    this.#addresses = new Uint32Array(FIRST_ADDRESSES * words);
  }

  get count(): number {
    return this.#count;
  }

  /** Forgets all addresses, and keeps the memory for others. */
  clear(): void {
    this.#owners.fill(NO_OWNER, 0, this.#count);
    this.#rows.fill(0, 0, this.#count);
    this.#slots.fill(0);
    this.#count = 0;
  }

  /** The address that begins at a place of a list of words, as a number. */
  number(list: Uint32Array, at: number): number {
    let hash = this.#seed;
    for (let word = 0; word < this.#words; word++) hash = hashWord(hash, list[at + word]!);
    const mask = this.#slots.length - 1;
    let slot = slotHash(hash) & mask;
    for (let known = this.#slots[slot]!; known !== 0; known = this.#slots[slot]!) {
      if (this.#isAt(known - 1, list, at)) return known - 1;
      slot = (slot + 1) & mask;
    }
    const number = this.#append(list, at);
    this.#slots[slot] = number + 1;
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    return number;
  }

  own(number: number, host: number): void {
    const owner = this.#owners[number];
    if (owner === NO_OWNER) this.#owners[number] = host;
    else if (owner !== host) this.#owners[number] = SEVERAL_OWNERS;
  }

  ownerOf(number: number): number {
    return this.#owners[number]!;
  }

  addRows(number: number, rows: number): void {
    this.#rows[number]! += rows;
  }

  rowsOf(number: number): number {
    return this.#rows[number]!;
  }

  wordsOf(number: number): number[] {
    const at = number * this.#words;
    return [...this.#addresses.subarray(at, at + this.#words)];
  }

  #isAt(number: number, list: Uint32Array, at: number): boolean {
    const own = number * this.#words;
    for (let word = 0; word < this.#words; word++) {
      if (this.#addresses[own + word] !== list[at + word]) return false;
    }
    return true;
  }

  #append(list: Uint32Array, at: number): number {
    const number = this.#count++;
    if (number === this.#owners.length) {
      this.#addresses = doubled(this.#addresses);
      this.#owners = doubled(this.#owners);
      const rows = new Float64Array(number * 2);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    for (let word = 0; word < this.#words; word++) {
      this.#addresses[number * this.#words + word] = list[at + word]!;
    }
    return number;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#count; number++) {
      let hash = this.#seed;
      for (let word = 0; word < this.#words; word++) {
        hash = hashWord(hash, this.#addresses[number * this.#words + word]!);
      }
      let slot = slotHash(hash) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/**
 * The seed belongs to a dataset, and is nobody's to choose: addresses come from files that others made, who could give all of theirs one hash
 * otherwise.
 */
function hashWord(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x2c1b3c6d);
  return Math.imul(mixed ^ (mixed >>> 15), 0x297a2d39);
}

/** Of which the last bits count: addresses of one partition have the first bits of another hash in common (assembly/count/addressLog.ts). */
function slotHash(hash: number): number {
  return hash ^ (hash >>> 13);
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
