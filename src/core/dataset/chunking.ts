import { storedProcessesOf } from '../file/storedProcesses.js';
import type { Snapshot } from '../snapshot.js';
import type { DatasetSnapshot } from './datasetChunk.js';

/** A chunk is full with so many rows, or raw bytes: more than that in memory at once gains nothing. */
const CHUNK_ROWS = 1 << 17;
/** The same where rows are counted and not written: these stay in caches, and so few snapshots are garbage before they are old. */
export const COUNTED_ROWS = 1 << 14;
const CHUNK_BYTES = 32 << 20;

/** Whether a snapshot fills a chunk alone. */
export function isLarge({ shape }: DatasetSnapshot): boolean {
  return shape.rows >= CHUNK_ROWS;
}

/** What a process takes in memory, more or less. */
const PROCESS_BYTES = 300;

/** About what a snapshot takes in memory. */
function bytesOf(snapshot: Snapshot): number {
  const { tables, endedProcesses = [] } = snapshot;
  const processes = storedProcessesOf(snapshot)?.count ?? snapshot.processes?.length ?? 0;
  const tableBytes = tables.reduce(
    (sum, { bytes, extras = {} }) =>
      sum + Object.values(extras).reduce((all, extra) => all + extra.length, bytes.length),
    0,
  );
  return tableBytes + (processes + endedProcesses.length) * PROCESS_BYTES;
}

/** Snapshots that become one chunk. */
class Group {
  readonly snapshots: DatasetSnapshot[] = [];
  rows = 0;
  bytes = 0;
}

/** Gathers snapshots until they fill a chunk. Those with wide columns have chunks of their own: in them, a number stands for no value. */
export class ChunkBuffer {
  readonly #mostRows: number;
  #plain = new Group();
  #wide = new Group();

  constructor(mostRows = CHUNK_ROWS) {
    this.#mostRows = mostRows;
  }

  get isFull(): boolean {
    const [plain, wide] = [this.#plain, this.#wide];
    return plain.rows + wide.rows >= this.#mostRows || plain.bytes + wide.bytes >= CHUNK_BYTES;
  }

  get isEmpty(): boolean {
    return this.#plain.snapshots.length + this.#wide.snapshots.length === 0;
  }

  add(added: DatasetSnapshot): void {
    const group = added.shape.isWide ? this.#wide : this.#plain;
    group.snapshots.push(added);
    group.rows += added.shape.rows;
    group.bytes += bytesOf(added.snapshot);
  }

  /** The larger part of the snapshots gathered so far. The others stay. */
  take(): DatasetSnapshot[] {
    const [plain, wide] = [this.#plain, this.#wide];
    if (plain.bytes >= wide.bytes) this.#plain = new Group();
    else this.#wide = new Group();
    return plain.bytes >= wide.bytes ? plain.snapshots : wide.snapshots;
  }
}
