import { snapshotRowCount } from '../decoder.js';
import { primaryTables } from '../primaryTables.js';
import type { Snapshot } from '../snapshot.js';
import type { DatasetSnapshot } from './datasetChunk.js';

/** A chunk is full with so many rows, or raw bytes: more than that in memory at once gains nothing. */
const CHUNK_ROWS = 1 << 17;
const CHUNK_BYTES = 32 << 20;

/** Whether a snapshot fills a chunk alone. */
export function isLarge(snapshot: Snapshot): boolean {
  return snapshotRowCount(snapshot) >= CHUNK_ROWS;
}

/** Gathers snapshots until they fill a chunk. */
export class ChunkBuffer {
  #snapshots: DatasetSnapshot[] = [];
  #rows = 0;
  #bytes = 0;

  get isFull(): boolean {
    return this.#rows >= CHUNK_ROWS || this.#bytes >= CHUNK_BYTES;
  }

  get isEmpty(): boolean {
    return this.#snapshots.length === 0;
  }

  add({ origin, snapshot }: DatasetSnapshot): void {
    const { tool, provider, processes = [] } = snapshot;
    // What does not become rows is not kept.
    const kept = { tool, provider, processes, tables: primaryTables(snapshot) };
    this.#snapshots.push({ origin, snapshot: kept });
    this.#rows += snapshotRowCount(kept);
    this.#bytes += kept.tables.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** The snapshots gathered so far. The buffer is empty then. */
  take(): DatasetSnapshot[] {
    const taken = this.#snapshots;
    this.#snapshots = [];
    this.#rows = 0;
    this.#bytes = 0;
    return taken;
  }
}
