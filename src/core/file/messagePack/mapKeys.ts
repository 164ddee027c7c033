/**
 * The keys of a map, as they stand in the document. Maps in a list mostly have the same ones in the same order: then their bytes are compared,
 * and no key has to be read, or looked for among those before it.
 */
export class MapKeys {
  readonly #bytes: Uint8Array;
  readonly #keys: string[] = [];
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The key at this place of the map, where the bytes of the document from `at` on are the same. */
  keyAt(place: number, at: number): string | undefined {
    if (place >= this.#count) return undefined;
    const bytes = this.#bytes;
    const end = at + this.#lengths[place]!;
    for (let own = this.#starts[place]!, i = at; i < end; own++, i++) {
      if (bytes[own] !== bytes[i]) return undefined;
    }
    return this.#keys[place];
  }

  bytesOf(place: number): number {
    return this.#lengths[place]!;
  }

  /** From this place on the map has other keys. */
  set(place: number, key: string, start: number, end: number): void {
    this.#keys[place] = key;
    this.#starts[place] = start;
    this.#lengths[place] = end - start;
    this.#count = place + 1;
  }
}
