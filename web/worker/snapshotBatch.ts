import { SnapshotError, type RawTable, type Snapshot, type SnapshotErrorCode } from '../../src/core/index.js';
import { without } from '../../src/core/without.js';
import type { ReadSnapshot } from '../../src/core/file/inOrder.js';

/** What starts at its multiples, no kernel reads slower than anything else. */
const ALIGNMENT = 64;

/** Columns beside the rows: no timeline asks for them. */
const NOT_SENT: ReadonlySet<'bytes' | 'extras'> = new Set(['bytes', 'extras']);

/** A table with the place of its bytes. */
type SentTable = Omit<RawTable, 'bytes' | 'extras'> & { readonly at: number; readonly length: number };
type SentSnapshot = Omit<Snapshot, 'tables'> & { readonly tables: readonly SentTable[] };
/** SnapshotError is no class that messages know. */
export type SentError =
  | { readonly code: SnapshotErrorCode; readonly message: string; readonly offset: number | undefined }
  | { readonly error: unknown };

/** Snapshots in order, as one thread sends them to another. What several have in common is sent once. */
export interface SnapshotBatch {
  readonly sent: readonly (SentSnapshot | SentError)[];
  /** What their tables stand in. */
  readonly memory: ArrayBuffer;
}

/** Puts snapshots into memory that is sent. */
export class BatchWriter {
  readonly #sent: (SentSnapshot | SentError)[] = [];
  #memory: ArrayBuffer;
  #used = 0;

  constructor(memory: ArrayBuffer) {
    this.#memory = memory;
  }

  /** @returns whether there was room; for the first one there always is */
  add(read: ReadSnapshot): boolean {
    if ('error' in read) {
      this.#sent.push(sentError(read.error));
      return true;
    }
    const { snapshot } = read;
    const needed = snapshot.tables.reduce((sum, { bytes }) => sum + align(bytes.length), 0);
    if (this.#used + needed > this.#memory.byteLength) {
      if (this.#used > 0) return false;
      this.#memory = new ArrayBuffer(needed);
    }
    this.#sent.push({ ...snapshot, tables: snapshot.tables.map((table) => this.#place(table)) });
    return true;
  }

  get batch(): SnapshotBatch {
    return { sent: this.#sent, memory: this.#memory };
  }

  #place(table: RawTable): SentTable {
    const [at, { length }] = [this.#used, table.bytes];
    new Uint8Array(this.#memory, at, length).set(table.bytes);
    this.#used += align(length);
    return Object.assign(without(table, NOT_SENT), { at, length });
  }
}

export function* snapshotsIn({ sent, memory }: SnapshotBatch): Generator<ReadSnapshot> {
  for (const one of sent) {
    if ('tables' in one) {
      const tables = one.tables.map(({ at, length, ...table }): RawTable => ({
        ...table,
        bytes: new Uint8Array(memory, at, length),
      }));
      yield { snapshot: { ...one, tables } };
    } else {
      yield { error: receivedError(one) };
    }
  }
}

export function sentError(error: unknown): SentError {
  if (!(error instanceof SnapshotError)) return { error };
  const { code, message, offset } = error;
  return { code, message, offset };
}

export function receivedError(sent: SentError): unknown {
  if ('error' in sent) return sent.error;
  const { code, message, offset } = sent;
  return new SnapshotError(code, message, offset === undefined ? {} : { offset });
}

function align(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
