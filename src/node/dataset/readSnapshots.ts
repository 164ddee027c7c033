import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { DatasetOrigin, DatasetSnapshot } from '../../core/dataset/datasetChunk.js';
import { Decoder, snapshotShape, undecodedClasses, type SnapshotShape } from '../../core/decoder.js';
import { SnapshotError, type Snapshot, type SnapshotFile, type TableClass } from '../../core/index.js';
import { readSoleSnapshot } from '../../core/file/soleSnapshot.js';
import { openSnapshots } from '../files/fileSource.js';
import { hasSha256, sha256 } from '../files/nodePrimitives.js';
import { importDump } from '../importDump.js';
import type { FileMemory } from './fileMemory.js';

/** A smaller file is read in one piece: opening, scanning and reading it by ranges would be many calls for a few bytes. */
const SMALL_FILE_BYTES = 4 << 20;

/** A snapshot that can be decoded, or what is wrong with the file or with one of its snapshots. */
export type ReadResult = DatasetSnapshot | ReadProblem;

export interface ReadProblem {
  readonly problem: unknown;
  /** Number of the snapshot in the file, where it is about one. */
  readonly number?: number;
}

export interface ReadOptions {
  /** What rows give as their file. */
  readonly name: string;
  /** The file is a bare dump of one raw table of this class. */
  readonly table?: TableClass;
  /** All of the file, as readSmallFile gave it. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** A file that was read in one piece. */
export interface SmallFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What there is to tell of it, where it holds a single snapshot and nothing is damaged. */
  readonly sole: readonly ReadResult[] | undefined;
}

/** What somebody knows who reads many files. */
export interface KnownFile {
  /** In bytes, as it was a while ago. */
  readonly size: number;
  /** Reads the processes, which are not decoded before somebody asks for them. */
  readonly decoder: Decoder;
  /** Is what the bytes of a single snapshot are in. */
  readonly memory: FileMemory;
}

/**
 * Reads a small file without waiting: handing each of its few calls to another thread, and coming back, takes longer than they take. Where it is
 * not a single snapshot, `readSnapshots` goes on with its bytes. Undefined where it is not small. Not for pipes, which can be read once.
 *
 * @throws errors of the file system
 */
export function readSmallFile(path: string, name: string, known?: KnownFile): SmallFile | undefined {
  const bytes = (known && readKnown(path, known)) ?? readSmall(path);
  if (bytes === undefined) return undefined;
  const sole = soleSnapshot(bytes, name, known?.decoder);
  // Whoever goes on with the bytes may use them for longer than the memory is theirs.
  return { bytes: sole === undefined && known !== undefined ? bytes.slice() : bytes, sole };
}

function soleSnapshot(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  decoder: Decoder | undefined,
): ReadResult[] | undefined {
  const sole = readSoleSnapshot(bytes, hasSha256, decoder && Decoder.engineOf(decoder));
  if (sole === undefined) return undefined;
  const { snapshot, digests } = sole;
  return checked(snapshot, name, 0, digests.length === 1 ? digests[0] : undefined);
}

/**
 * The snapshots of a file, one after another, and what is wrong with it. One damaged snapshot takes no other with it.
 *
 * @throws SnapshotError where the file is no snapshot file at all; errors of the file system
 */
export async function* readSnapshots(path: string, options: ReadOptions): AsyncGenerator<ReadResult> {
  if (options.table !== undefined) {
    const bytes = await readFile(path);
    yield decodable(importDump(bytes, options.table, { fileName: options.name }), options.name, 0);
    return;
  }
  const small = options.bytes === undefined ? readSmallFile(path, options.name) : undefined;
  if (small?.sole !== undefined) {
    yield* small.sole;
    return;
  }
  const file = await openSnapshots(options.bytes ?? small?.bytes ?? path);
  try {
    for await (const result of snapshotsOf(file)) {
      if ('problem' in result) yield result;
      else yield* checked(result.snapshot, options.name, result.number);
    }
    for (const problem of file.problems) yield { problem };
  } finally {
    await file.close();
  }
}

/** A whole file; undefined where it is not small. */
function readSmall(path: string): Uint8Array<ArrayBuffer> | undefined {
  return withFile(path, (file) => {
    const { size } = fstatSync(file);
    if (size > SMALL_FILE_BYTES) return undefined;
    // Pipes, and what the system makes while it is read, do not tell how much will come.
    return size === 0 ? readWhole(file) : readBytes(file, new Uint8Array(size), size);
  });
}

/** The same without asking for its size; undefined also where that is another one now. */
function readKnown(path: string, { size, memory }: KnownFile): Uint8Array<ArrayBuffer> | undefined {
  if (size > SMALL_FILE_BYTES) return undefined;
  const bytes = withFile(path, (file) => readBytes(file, memory.take(size + 1), size));
  return bytes.length === size ? bytes : undefined;
}

function withFile<Result>(path: string, use: (file: number) => Result): Result {
  const file = openSync(path, 'r');
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

function readWhole(file: number): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = readFileSync(file);
  return new Uint8Array(buffer, byteOffset, length);
}

/** Reads until there are `least` bytes, or the file ends; more, as far as they come by themselves. */
function readBytes(file: number, bytes: Uint8Array<ArrayBuffer>, least: number): Uint8Array<ArrayBuffer> {
  let at = 0;
  while (at < least) {
    const read = readSync(file, bytes, at, bytes.length - at, null);
    if (read === 0) break;
    at += read;
  }
  return at === bytes.length ? bytes : bytes.subarray(0, at);
}

/** In order, since that is how a recording restores them with the least work; behind a damaged one, one by one. */
async function* snapshotsOf(
  file: SnapshotFile,
): AsyncGenerator<{ snapshot: Snapshot; number: number } | Required<ReadProblem>> {
  let number = 0;
  try {
    for await (const snapshot of file) yield { snapshot, number: number++ };
    return;
  } catch (problem) {
    yield { problem, number: number++ };
  }
  for (; number < file.count; number++) {
    const result = await file.at(number).then(
      (snapshot) => ({ snapshot }),
      (problem: unknown) => ({ problem }),
    );
    yield { ...result, number };
  }
}

/** @param digest of all tables, where it is known */
function checked(snapshot: Snapshot, name: string, number: number, digest?: Uint8Array): ReadResult[] {
  const results = undecodedClasses(snapshot).map((missing): ReadResult => {
    const message = `it has a table of class "${missing}", which this version cannot decode: its rows are missing`;
    return { problem: new SnapshotError('unknown-class', message), number };
  });
  results.push(decodable(snapshot, name, number, digest));
  return results;
}

/** The snapshot, once it is known that its tables hold the rows that they claim. */
function decodable(snapshot: Snapshot, file: string, number: number, digest?: Uint8Array): ReadResult {
  let shape: SnapshotShape;
  try {
    shape = snapshotShape(snapshot);
  } catch (problem) {
    return { problem, number };
  }
  const known = digest ?? sha256(...snapshot.tables.map(({ bytes }) => bytes));
  return { origin: new SnapshotOrigin(snapshot, file, number, known), snapshot, shape };
}

/** Where a snapshot comes from. Its digest becomes text when rows are written: those that are only counted need none. */
class SnapshotOrigin implements DatasetOrigin {
  readonly host: string | null;
  readonly timeUtcMicroseconds: number | null;
  readonly file: string;
  readonly number: number;
  readonly #digest: Uint8Array;

  constructor({ host, time }: Snapshot, file: string, number: number, digest: Uint8Array) {
    this.host = host?.name ?? null;
    this.timeUtcMicroseconds = time?.utcMicroseconds ?? null;
    this.file = file;
    this.number = number;
    this.#digest = digest;
  }

  get digest(): string {
    const { buffer, byteOffset, length } = this.#digest;
    return Buffer.from(buffer, byteOffset, length).toString('hex');
  }
}
