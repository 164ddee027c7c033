import type { SnapshotFile } from './snapshotFile.js';
import type { SnapshotReader } from './snapshotReader.js';
import type { SnapshotInCheck } from './storedSnapshot.js';
import type { TableMemory } from './tableMemory.js';

/** Reads one snapshot after another, for who looks at each and lets it go: what is restored goes into the same memory again and again. */
export class ForwardReader {
  readonly #file: SnapshotFile;
  readonly #reader: SnapshotReader;
  readonly #memory: TableMemory;
  /** The bytes of the last two snapshots. */
  #before: readonly Uint8Array[] = [];
  #latest: readonly Uint8Array[] = [];

  /** @param reader of its own, which takes from `memory` */
  constructor(file: SnapshotFile, reader: SnapshotReader, memory: TableMemory) {
    this.#file = file;
    this.#reader = reader;
    this.#memory = memory;
  }

  /**
   * As SnapshotFile.begin, but the bytes are lent only until the snapshot behind the next one is asked for. One call at a time: what the call before
   * returned has to be there.
   */
  async begin(number: number): Promise<SnapshotInCheck> {
    for (const bytes of this.#before) this.#memory.letGo(bytes);
    this.#before = this.#latest;
    this.#latest = [];
    const begun = await this.#file.begin(number, this.#reader);
    this.#latest = begun.snapshot.tables.flatMap(({ bytes, extras = {} }) => [
      bytes,
      ...Object.values(extras),
    ]);
    for (const bytes of this.#latest) this.#memory.hold(bytes);
    return begun;
  }
}
