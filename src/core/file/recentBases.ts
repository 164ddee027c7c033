import type { RestoredBase } from './deltaPayload.js';
import { sizeOf } from './patch/sizeOf.js';
import type { TableMemory } from './tableMemory.js';

/** What may be kept beside the two latest: the bases of snapshots of some ten thousand rows. */
const MAX_BYTES = 64 << 20;
/** What a value of the metadata takes at least, whatever it is. */
const VALUE_BYTES = 16;
const MIN_COUNT = 2;
/** Encoders make none from one further back. Whose memory is used again sooner is in a cache still. */
const MAX_COUNT = 64;

/** The snapshots that were read last, by the offset of their frame: the next one is mostly made from one of these. */
export class RecentBases {
  readonly #bases = new Map<number, RestoredBase>();
  readonly #memory: TableMemory | undefined;
  #bytes = 0;

  constructor(memory?: TableMemory) {
    this.#memory = memory;
  }

  get(offset: number): RestoredBase | undefined {
    const base = this.#bases.get(offset);
    if (base === undefined) return undefined;
    // The last in the map is the latest.
    this.#bases.delete(offset);
    this.#bases.set(offset, base);
    return base;
  }

  add(offset: number, base: RestoredBase): void {
    this.#remove(offset);
    this.#bases.set(offset, base);
    this.#bytes += byteLengthOf(base);
    if (this.#memory) for (const bytes of restoredBytes(base)) this.#memory.hold(bytes);
    for (const oldest of this.#bases.keys()) {
      const isFew = this.#bytes <= MAX_BYTES && this.#bases.size <= MAX_COUNT;
      if (isFew || this.#bases.size <= MIN_COUNT) break;
      this.#remove(oldest);
    }
  }

  #remove(offset: number): void {
    const base = this.#bases.get(offset);
    if (base === undefined) return;
    this.#bytes -= byteLengthOf(base);
    this.#bases.delete(offset);
    if (this.#memory) for (const bytes of restoredBytes(base)) this.#memory.letGo(bytes);
  }
}

/** Its tables, and the columns beside them. */
function restoredBytes({ tables, metadata }: RestoredBase): Uint8Array[] {
  const columns = metadata.tables.flatMap(({ extras = {} }) => Object.values(extras));
  return [...tables.filter((table) => table instanceof Uint8Array), ...columns];
}

function byteLengthOf({ tables, metadata }: RestoredBase): number {
  const size = sizeOf(metadata);
  let bytes = size.bytes + size.values * VALUE_BYTES;
  for (const table of tables) if (table instanceof Uint8Array) bytes += table.length;
  return bytes;
}
