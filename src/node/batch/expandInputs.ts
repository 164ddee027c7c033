import { statSync, type Dirent, type Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SnapshotError } from '../../core/index.js';
import { describeFailure, type Failure } from './failures.js';
import { globPattern, splitGlob } from './glob.js';
import { pathResolver } from './pathResolver.js';

/** A file to be read. */
export interface InputFile {
  /** As it was given, or as the folder that was given and the way from there. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** A file, or why something that was asked for cannot be had. */
export type Found = InputFile | Failure;

export interface ExpandOptions {
  /** In folders, take every file and not only those that end with `.tcpsnap`. */
  readonly everyFile: boolean;
  /** A folder that is not looked into. */
  readonly except: string;
}

const EXTENSION = '.tcpsnap';
/** Files of a folder that come together, at most. */
const TOGETHER = 1024;

/**
 * The files that arguments stand for: files, folders with all that is in them, patterns with `*`, `?`, `[a-z]` and `**`. Each once; of a folder
 * in the order of their names. Those of one folder come together, up to a
 * thousand: a step for each of many files would take longer than to find them.
 */
export async function* expandInputs(
  inputs: Iterable<string> | AsyncIterable<string>,
  options: ExpandOptions,
): AsyncGenerator<Found[]> {
  const seen = new Set<string>();
  const resolved = pathResolver();
  const isNew = (found: Found): boolean => {
    if ('code' in found) return true;
    const known = seen.size;
    return seen.add(resolved(found.path)).size > known;
  };
  for await (const input of inputs) {
    for await (const found of expandInput(input, options)) yield found.filter(isNew);
  }
}

async function* expandInput(input: string, options: ExpandOptions): AsyncGenerator<Found[]> {
  const stats = await stat(input).catch((error: unknown) => error);
  if (isStats(stats)) {
    if (stats.isDirectory()) yield* walk(input, options);
    else yield [{ path: input, size: stats.size, mtimeMs: stats.mtimeMs }];
    return;
  }
  const glob = splitGlob(input);
  if (glob === undefined) {
    yield [describeFailure(input, stats)];
    return;
  }
  const matches = globPattern(glob.pattern);
  let found = 0;
  for await (const files of walk(glob.folder, { ...options, everyFile: true })) {
    const matching = files.filter(
      (file) => !('code' in file) && matches.test(relativeTo(glob.folder, file.path)),
    );
    found += matching.length;
    yield matching;
  }
  if (found === 0)
    yield [describeFailure(input, new SnapshotError('no-such-snapshot', 'no file matches this pattern'))];
}

/** Without waiting, which for so small a call is most of the time. */
function statNow(path: string): unknown {
  try {
    return statSync(path);
  } catch (error) {
    return error;
  }
}

function isStats(value: unknown): value is Stats {
  return !(value instanceof Error);
}

function relativeTo(folder: string, path: string): string {
  const from = folder === '.' ? 0 : join(folder, 'x').length - 1;
  return path.slice(from).replaceAll('\\', '/');
}

/** Links to folders are not followed: they can lead in circles. */
async function* walk(folder: string, options: ExpandOptions): AsyncGenerator<Found[]> {
  if (resolve(folder) === resolve(options.except)) return;
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    yield [describeFailure(folder, error)];
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const start = join(folder, 'x').slice(0, -1);
  let found: Found[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) {
      if (options.everyFile || entry.name.endsWith(EXTENSION)) addFile(found, start + entry.name);
      if (found.length < TOGETHER) continue;
    }
    yield found;
    found = [];
    if (entry.isDirectory()) yield* walk(join(folder, entry.name), options);
  }
  yield found;
}

function addFile(found: Found[], path: string): void {
  const stats = statNow(path);
  if (!isStats(stats)) found.push(describeFailure(path, stats));
  else if (stats.isFile()) found.push({ path, size: stats.size, mtimeMs: stats.mtimeMs });
}
