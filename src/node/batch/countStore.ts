import { closeSync, fsyncSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { OWNER_ONLY } from '../files/newFile.js';
import { mergeRuns, sortedRun, type CountEntry, type CountRun } from '../../core/dataset/counts/runs.js';

/** Different keys that are kept in memory; beyond that they go to disk. */
const MOST_KEYS = 50_000;
/** What the names of all files of counts end with. */
export const COUNTS_EXTENSION = '.counts';
const LINE_PIECE = 1 << 16;
/** Bytes of runs that are merged in memory: what they become there is a few times as much. */
const MAP_BYTES = 4 << 20;
/** Runs that are read at once; more are merged step by step. */
const MOST_RUNS = 64;

/** Counts by keys, however many: what does not fit into memory is spilled as sorted runs. */
export class CountStore {
  readonly #folder: string;
  readonly #name: string;
  readonly #mostKeys: number;
  readonly #files: string[] = [];
  #counts = new Map<string, number>();

  /** @param name what the names of its files begin with */
  constructor(folder: string, name: string, mostKeys = MOST_KEYS) {
    this.#folder = folder;
    this.#name = name;
    this.#mostKeys = mostKeys;
  }

  readonly add = (key: string, count: number): void => {
    const before = this.#counts.get(key);
    this.#counts.set(key, (before ?? 0) + count);
    // At once, in the middle of whatever is being counted: a single chunk can have more keys than memory should hold.
    if (before === undefined && this.#counts.size >= this.#mostKeys) this.#spill();
  };

  /** Names of the runs that have been begun. */
  get files(): readonly string[] {
    return this.#files;
  }

  /** Writes the rest. Returns the names of all runs, which are on the disk then. */
  finish(): readonly string[] {
    this.#spill();
    return this.#files;
  }

  #spill(): void {
    if (this.#counts.size === 0) return;
    const run = sortedRun(this.#counts);
    this.#counts = new Map();
    const name = `${this.#name}-${this.#files.length}${COUNTS_EXTENSION}`;
    this.#files.push(name);
    writeRun(join(this.#folder, name), run);
  }
}

/**
 * Merges runs that stand in files: of few bytes in a Map, which takes a third of the time; of more a few files at a time, through files of its own,
 * which it removes.
 */
export function* mergeFiles(
  folder: string,
  names: readonly string[],
  temporaryName: string,
  mostBytes = MAP_BYTES,
): Generator<CountEntry> {
  const files = names.map((name) => join(folder, name));
  const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
  yield* bytes <= mostBytes ? sortedRun(sumsOf(files)) : mergeStepwise(folder, files, temporaryName);
}

function sumsOf(files: readonly string[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const path of files)
    for (const [key, count] of readRun(path)) sums.set(key, (sums.get(key) ?? 0) + count);
  return sums;
}

function* mergeStepwise(
  folder: string,
  files: readonly string[],
  temporaryName: string,
): Generator<CountEntry> {
  const temporary: string[] = [];
  let paths = files;
  try {
    while (paths.length > MOST_RUNS) {
      const merged = join(folder, `${temporaryName}-${temporary.length}${COUNTS_EXTENSION}`);
      writeRun(merged, mergeRuns(paths.slice(0, MOST_RUNS).map(readRun)));
      temporary.push(merged);
      paths = [...paths.slice(MOST_RUNS), merged];
    }
    yield* mergeRuns(paths.map(readRun));
  } finally {
    for (const path of temporary) rmSync(path, { force: true });
  }
}

/** Lines of a run, in pieces. A key has neither tabs nor line breaks. */
function* formatRun(run: CountRun): Generator<string> {
  let piece = '';
  for (const [key, count] of run) {
    piece += `${key}\t${count}\n`;
    if (piece.length < LINE_PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function writeRun(path: string, run: CountRun): void {
  writeCounts(path, formatRun(run));
}

/** A run without a record that names it is none, so it needs no other name while it is written. */
export function writeCounts(path: string, pieces: Iterable<string | Uint8Array>): void {
  const file = openSync(path, 'w', OWNER_ONLY);
  try {
    for (const piece of pieces) {
      let bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(file, bytes));
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function* readRun(path: string): Generator<CountEntry> {
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.alloc(LINE_PIECE);
    let rest: Buffer = Buffer.alloc(0);
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) {
      // A line may go on in the next piece: only whole ones become text, so that no character is cut.
      const bytes = Buffer.concat([rest, piece.subarray(0, read)]);
      const end = bytes.lastIndexOf(10) + 1;
      rest = Buffer.from(bytes.subarray(end));
      yield* parseLines(bytes.toString('utf8', 0, end));
    }
  } finally {
    closeSync(file);
  }
}

function* parseLines(text: string): Generator<CountEntry> {
  for (let at = 0; at < text.length;) {
    const tab = text.indexOf('\t', at);
    const end = text.indexOf('\n', tab);
    yield [text.slice(at, tab), Number(text.slice(tab + 1, end))];
    at = end + 1;
  }
}
