import { snapshotRowCount } from '../decoder.js';
import type { Snapshot } from '../snapshot.js';
import type { DatasetSnapshot } from './datasetChunk.js';

/** A chunk is full with so many rows, or raw bytes: more than that in memory at once gains nothing. */
const CHUNK_ROWS = 1 << 17;
const CHUNK_BYTES = 32 << 20;

/** Whether a snapshot fills a chunk alone. */
export function isLarge(snapshot: Snapshot): boolean {
  return snapshotRowCount(snapshot) >= CHUNK_ROWS;
}

/** What a process takes in memory, more or less. */
const PROCESS_BYTES = 300;

/** About what a snapshot takes in memory. */
function bytesOf({ tables, processes = [], endedProcesses = [] }: Snapshot): number {
  const tableBytes = tables.reduce(
    (sum, { bytes, extras = {} }) =>
      sum + Object.values(extras).reduce((all, extra) => all + extra.length, bytes.length),
    0,
  );
  return tableBytes + (processes.length + endedProcesses.length) * PROCESS_BYTES;
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

  add(added: DatasetSnapshot): void {
    this.#snapshots.push(added);
    this.#rows += snapshotRowCount(added.snapshot);
    this.#bytes += bytesOf(added.snapshot);
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
