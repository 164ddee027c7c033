import { SnapshotError, type SnapshotErrorCode } from '../../src/core/index.js';
import type { SnapshotMetadata, StoredTable } from '../../src/core/file/metadata.js';
import type { UncheckedSnapshot } from '../../src/core/file/storedSnapshot.js';
import { without } from '../../src/core/without.js';

/** What starts at its multiples, no kernel reads slower than anything else. */
const ALIGNMENT = 64;

/** Columns beside the rows: no timeline asks for them. */
const NOT_SENT: ReadonlySet<'extras'> = new Set(['extras']);

interface SentSnapshot {
  readonly metadata: Omit<SnapshotMetadata, 'tables'> & {
    readonly tables: readonly Omit<StoredTable, 'extras'>[];
  };
  /** Where the bytes of its tables stand, and what of the file they come from. */
  readonly places: readonly { readonly at: number; readonly length: number; readonly offset: number }[];
}

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
  add({ metadata, tables }: UncheckedSnapshot): boolean {
    const needed = tables.reduce((sum, { bytes }) => sum + align(bytes.length), 0);
    if (this.#used + needed > this.#memory.byteLength) {
      if (this.#used > 0) return false;
      this.#memory = new ArrayBuffer(needed);
    }
    this.#sent.push({
      metadata: { ...metadata, tables: metadata.tables.map((table) => without(table, NOT_SENT)) },
      places: tables.map(({ bytes, offset }) => ({ at: this.#place(bytes), length: bytes.length, offset })),
    });
    return true;
  }

  addError(error: unknown): void {
    this.#sent.push(sentError(error));
  }

  get batch(): SnapshotBatch {
    return { sent: this.#sent, memory: this.#memory };
  }

  #place(bytes: Uint8Array): number {
    const at = this.#used;
    new Uint8Array(this.#memory, at, bytes.length).set(bytes);
    this.#used += align(bytes.length);
    return at;
  }
}

/** @throws whatever the snapshot could not be read for */
export function receivedSnapshot({ sent, memory }: SnapshotBatch, index: number): UncheckedSnapshot {
  const one = sent[index]!;
  if (!('metadata' in one)) throw receivedError(one);
  const { metadata, places } = one;
  return {
    metadata,
    tables: places.map(({ at, length, offset }) => ({ bytes: new Uint8Array(memory, at, length), offset })),
  };
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
