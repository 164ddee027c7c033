import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { PartitionKey } from '../../core/dataset/partitions.js';
import { DATASET_VERSION } from '../../core/dataset/schema.js';
import type { TableClass } from '../../core/index.js';
import type { DatasetFormat } from '../dataset/rowsFile.js';
import { isTemporaryName, makeFolder } from '../files/newFile.js';
import { publishFile } from '../files/publish.js';
import { isSystemError } from '../files/systemError.js';
import { COUNTS_EXTENSION } from './countStore.js';
import type { InputFile } from './expandInputs.js';
import { BatchError, type Failure } from './failures.js';

/** What decides on the rows and where they stand: the same in every run into a folder. */
export interface DatasetOptions {
  /** `none`: no rows are written, only the summary. */
  readonly format: DatasetFormat | 'none';
  readonly partitionBy: readonly PartitionKey[];
  readonly where?: string;
  /** Inputs are bare dumps of one raw table of this class. */
  readonly table?: TableClass;
}

/** An input that is done with: its rows are in the dataset, and its failures are known. */
export interface FinishedInput extends InputFile {
  /** SHA-256 of the file, in hexadecimal digits, where inputs are told apart by it. */
  readonly digest?: string;
}

/** What has become of a unit of work. Its file is what makes its shards part of the dataset. */
export interface UnitRecord {
  readonly id: string;
  readonly inputs: readonly FinishedInput[];
  readonly snapshots: number;
  readonly rows: number;
  readonly firstUtcMicroseconds?: number;
  readonly lastUtcMicroseconds?: number;
  /** Paths in the output folder, with `/`. */
  readonly shards: readonly string[];
  /** Sorted counts: names in the folder of counts. */
  readonly counts: readonly string[];
  /** Counts of ports and addresses: likewise. */
  readonly ends: readonly string[];
  readonly failures: readonly Failure[];
}

/**
 * Where a batch writes to.
 *
 *     summary.json  report.html  failures.ndjson
 *     data/         rows, in folders by partition
 *     state/        what a later run needs: batch.json, lock, units/ID.json, counts/ID-N.counts
 */
export class OutputFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get data(): string {
    return join(this.path, 'data');
  }

  get counts(): string {
    return join(this.path, 'state', 'counts');
  }

  get lock(): string {
    return join(this.path, 'state', 'lock');
  }

  get #units(): string {
    return join(this.path, 'state', 'units');
  }

  async make(): Promise<void> {
    await makeFolder(this.data);
    await makeFolder(this.counts);
    await makeFolder(this.#units);
  }

  /**
   * Writes down the options, or compares them with those of the runs before. Returns the seed of the folder's counts.
   *
   * @throws BatchError where they are others
   */
  async settle(options: DatasetOptions): Promise<number> {
    const path = join(this.path, 'state', 'batch.json');
    const wanted = { datasetVersion: DATASET_VERSION, where: null, table: null, ...options };
    const stored = await readJson(path);
    if (stored === undefined) {
      const seed = randomBytes(4).readUInt32LE();
      await publishJson(path, { ...wanted, seed });
      return seed;
    }
    for (const [key, value] of Object.entries(wanted)) {
      const before = (stored as Record<string, unknown>)[key] ?? null;
      if (JSON.stringify(before) === JSON.stringify(value)) continue;
      throw new BatchError(
        `${this.path} was made with other options: ${key} is ${JSON.stringify(before)} there, and ${JSON.stringify(value)} now; ` +
          'use the same ones, or another folder',
      );
    }
    return Number((stored as Record<string, unknown>)['seed']);
  }

  async writeUnit(record: UnitRecord): Promise<void> {
    await publishJson(join(this.#units, `${record.id}.json`), record);
  }

  /** The units that are done, in the order of their ids. */
  async readUnits(): Promise<UnitRecord[]> {
    const names = (await readdir(this.#units)).filter((name) => name.endsWith('.json')).sort();
    const records: UnitRecord[] = [];
    for (const name of names) records.push((await readJson(join(this.#units, name))) as UnitRecord);
    return records;
  }

  /** Takes a unit out of the dataset: first its record, so that a part of it never counts. */
  async removeUnit({ id, shards, counts, ends }: UnitRecord): Promise<void> {
    await rm(join(this.#units, `${id}.json`), { force: true });
    for (const shard of shards) await rm(join(this.path, shard), { force: true });
    for (const name of [...counts, ...ends]) await rm(join(this.counts, name), { force: true });
  }

  /** Removes what runs that were killed have left: temporary files, shards and counts that no unit has. */
  async removeLeftovers(units: readonly UnitRecord[]): Promise<void> {
    const known = new Set(units.flatMap(({ shards }) => shards));
    const counts = new Set(units.flatMap((unit) => [...unit.counts, ...unit.ends]));
    for (const path of await listFiles(this.data)) {
      if (!known.has(relative(this.path, path).replaceAll(sep, '/'))) await rm(path, { force: true });
    }
    for (const path of await listFiles(join(this.path, 'state'))) {
      const name = path.slice(path.lastIndexOf(sep) + 1);
      const isForgotten = name.endsWith(COUNTS_EXTENSION) && !counts.has(name);
      if (isForgotten || isTemporaryName(name)) await rm(path, { force: true });
    }
    for (const name of await readdir(this.path)) {
      if (isTemporaryName(name)) await rm(join(this.path, name), { force: true });
    }
  }

  async publish(name: string, text: string): Promise<void> {
    await publishFile(join(this.path, name), new TextEncoder().encode(text), { replace: true });
  }
}

/** The name of a unit: the same inputs and options have the same. */
export function unitId(inputs: readonly FinishedInput[], options: DatasetOptions): string {
  const identity = JSON.stringify([
    options,
    inputs.map(({ path, size, mtimeMs, digest }) => [path, size, mtimeMs, digest]),
  ]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 20);
}

async function publishJson(path: string, value: unknown): Promise<void> {
  await publishFile(path, new TextEncoder().encode(`${JSON.stringify(value)}\n`), { replace: true });
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) {
      throw new BatchError(`${path} is damaged: ${error.message}; remove the folder and begin anew`);
    }
    throw error;
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
