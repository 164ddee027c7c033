import type { Engine } from '../engine/engine.js';
import type { ProcessInfo, SnapshotInfo } from '../snapshot.js';
import { decodeMessagePackList, type TakeOut } from './messagePack/decode.js';

/** Of a process in `columns`: its pid, where in the list its name stands, and how many bytes that has. */
export const PROCESS_WORDS = 3;
/** What `checkProcesses` tells before these (assembly/processes.ts). */
const HEAD_WORDS = 3;

/**
 * The processes of a snapshot as its metadata has them, checked. Of many snapshots mostly their pids and names alone are needed; objects are made when
 * somebody asks for more.
 */
export class StoredProcesses {
  /** The list, in MessagePack. */
  readonly bytes: Uint8Array;
  readonly columns: Uint32Array;
  /** Values in the list, as decoding it would count them. */
  readonly values: number;
  #all: readonly ProcessInfo[] | undefined;

  constructor(bytes: Uint8Array, columns: Uint32Array, values: number) {
    this.bytes = bytes;
    this.columns = columns;
    this.values = values;
  }

  get count(): number {
    return this.columns.length / PROCESS_WORDS;
  }

  /** In bytes. */
  get length(): number {
    return this.bytes.length;
  }

  get all(): readonly ProcessInfo[] {
    this.#all ??= decodeMessagePackList(this.bytes) as ProcessInfo[];
    return this.#all;
  }
}

/** The list of processes that bytes begin with; undefined where it is not plainly one, and has to be decoded to know. */
export function scanProcesses(engine: Engine, bytes: Uint8Array): StoredProcesses | undefined {
  return engine.withBlocks([bytes.length, HEAD_WORDS * 4 + bytes.length], (blocks) => {
    const [list, result] = blocks as [number, number];
    engine.bytes.set(bytes, list);
    if (!engine.run((kernels) => kernels.checkProcesses(list, bytes.length, result))) return undefined;
    const { words } = engine;
    const head = result / 4;
    const [length, count, values] = [words[head]!, words[head + 1]!, words[head + 2]!];
    const columns = kept(words.subarray(head + HEAD_WORDS, head + HEAD_WORDS + count * PROCESS_WORDS));
    return new StoredProcesses(bytes.subarray(0, length), columns, values);
  });
}

/** Has the processes taken out of metadata, and keeps them. */
export function takeOutProcesses(engine: Engine): TakeOut & { taken: StoredProcesses | undefined } {
  return {
    key: 'processes',
    taken: undefined,
    take(rest) {
      return (this.taken = scanProcesses(engine, rest));
    },
  };
}

const PIECE_WORDS = 1 << 14;
let piece = new Uint32Array();
let end = 0;

/** A copy, of small ones in memory that many share: to have its own takes longer than to fill it. */
function kept(words: Uint32Array): Uint32Array {
  if (words.length > PIECE_WORDS / 16) return words.slice();
  if (end + words.length > piece.length) [piece, end] = [new Uint32Array(PIECE_WORDS), 0];
  piece.set(words, end);
  end += words.length;
  return piece.subarray(end - words.length, end);
}

const STORED = Symbol('stored processes');

interface WithStored {
  [STORED]?: StoredProcesses;
}

/** One for all snapshots, so that V8 has one kind of object for all of them, and knows where their values are. */
const DECODED_WHEN_ASKED: PropertyDescriptor & ThisType<SnapshotInfo> = {
  enumerable: true,
  configurable: true,
  get() {
    return storedProcessesOf(this)!.all;
  },
};

/** Gives a snapshot, which has none yet, these processes. */
export function setStoredProcesses(snapshot: SnapshotInfo, stored: StoredProcesses): void {
  Object.defineProperty(snapshot, STORED, { value: stored });
  Object.defineProperty(snapshot, 'processes', DECODED_WHEN_ASKED);
}

/** Where its processes have not been decoded. */
export function storedProcessesOf(snapshot: Partial<SnapshotInfo>): StoredProcesses | undefined {
  return (snapshot as WithStored)[STORED];
}
