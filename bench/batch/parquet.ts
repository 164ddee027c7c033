import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  BLOB,
  DuckDBBlobValue,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBTimestampTZValue,
  TIMESTAMPTZ,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { ADDED_KEYS, CONNECTION_KEYS, createDecoder, type Decoder } from 'tcpscope';
import { makeSnapshot } from './files.js';
import { DATASET_COLUMNS, DatasetChunk, RowsFile, selectedInOrder } from './internals.js';

/** Rows of a snapshot, and how many different ones take turns. */
const SNAPSHOT_ROWS = 20_000;
const SNAPSHOTS = 26;

const TYPES: Readonly<Record<string, DuckDBType>> = {
  string: VARCHAR,
  timestamp: TIMESTAMPTZ,
  bytes: BLOB,
  u8: UTINYINT,
  u16: USMALLINT,
  u32: UINTEGER,
};

/** How long something took, in seconds, and the bytes of the file. */
export interface Written {
  readonly seconds: number;
  readonly bytes: number;
}

/** Half a million rows of tables in memory, which are written again and again until there are as many as asked for. */
export class ParquetWork {
  readonly #decoder: Decoder;
  readonly #folder: string;
  readonly #rounds: number;

  private constructor(decoder: Decoder, folder: string, rounds: number) {
    this.#decoder = decoder;
    this.#folder = folder;
    this.#rounds = rounds;
  }

  static async create(folder: string, rows: number): Promise<ParquetWork> {
    return new ParquetWork(await createDecoder(), folder, Math.ceil(rows / (SNAPSHOT_ROWS * SNAPSHOTS)));
  }

  get rows(): number {
    return this.#rounds * SNAPSHOT_ROWS * SNAPSHOTS;
  }

  /** From the bytes of tables: decoded, put in order, written. */
  async writeOurs(): Promise<Written> {
    const path = join(this.#folder, 'ours.parquet');
    const snapshots = chunkSnapshots();
    const start = performance.now();
    const file = await RowsFile.create(path, 'parquet', { replace: true });
    for (let round = 0; round < this.#rounds; round++) {
      const chunk = new DatasetChunk(this.#decoder, snapshots);
      await file.add(chunk, selectedInOrder(chunk.table, undefined));
      chunk.free();
    }
    await file.publish();
    return ended(path, start);
  }

  /** From the same columns as arrays of values, in the same order: appended in chunks, then copied to a file. */
  async writeByDuckDB(): Promise<Written & { readonly copySeconds: number }> {
    const path = join(this.#folder, 'duckdb.parquet');
    const columns = this.#columns();
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const start = performance.now();
    await this.#append(connection, columns);
    const copyStart = performance.now();
    await connection.run(`COPY rows TO '${path}' (FORMAT parquet, COMPRESSION snappy)`);
    const copySeconds = (performance.now() - copyStart) / 1000;
    const written = ended(path, start);
    connection.closeSync();
    instance.closeSync();
    return { ...written, copySeconds };
  }

  async #append(connection: DuckDBConnection, columns: readonly (readonly DuckDBValue[])[]): Promise<void> {
    const types = DATASET_COLUMNS.map(({ type }) => TYPES[type]!);
    const names = DATASET_COLUMNS.map(({ name }, i) => `"${name}" ${types[i]!.toString()}`);
    await connection.run(`CREATE TABLE rows (${names.join(', ')})`);
    const appender = await connection.createAppender('rows');
    const count = columns[0]!.length;
    for (let round = 0; round < this.#rounds; round++) {
      for (let first = 0; first < count; first += 2048) {
        const chunk = DuckDBDataChunk.create(types);
        chunk.setColumns(columns.map((column) => column.slice(first, first + 2048)));
        appender.appendDataChunk(chunk);
      }
    }
    appender.closeSync();
  }

  #columns(): DuckDBValue[][] {
    const chunk = new DatasetChunk(this.#decoder, chunkSnapshots());
    const rows = selectedInOrder(chunk.table, undefined);
    const bytesOf = (address: string): DuckDBValue => {
      const bytes = new Uint8Array(16);
      bytes.set(address.split('.').map(Number), 12);
      return new DuckDBBlobValue(bytes);
    };
    const origins = chunk.origins.map(
      (origin) => new DuckDBTimestampTZValue(BigInt(origin.timeUtcMicroseconds!)),
    );
    const columns: DuckDBValue[][] = DATASET_COLUMNS.map(() => []);
    for (let first = 0; first < rows.length; first += 4096) {
      const some = rows.subarray(first, first + 4096);
      for (const [i, row] of chunk.table.rows(some, [...CONNECTION_KEYS, ...ADDED_KEYS]).entries()) {
        const snapshot = chunk.snapshotOf[some[i]!]!;
        const { host, file, number, digest } = chunk.origins[snapshot]!;
        const { localAddress, remoteAddress } = row;
        const ends = { localBytes: bytesOf(localAddress), remoteBytes: bytesOf(remoteAddress!) };
        const origin = { host, time: origins[snapshot]!, file, snapshot: number, digest };
        const values: Record<string, DuckDBValue> = {
          ...row,
          ...origin,
          ...ends,
          protocolNumber: 6,
          familyNumber: 4,
        };
        for (const [column, { name }] of DATASET_COLUMNS.entries())
          columns[column]!.push(values[name] ?? null);
      }
    }
    chunk.free();
    return columns;
  }

  /** Whether both files have the same rows, by sums over all columns. */
  async isSame(): Promise<boolean> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const hashes = DATASET_COLUMNS.map(({ name }) => `sum(hash("${name}")::HUGEINT)`).join(', ');
    const [ours, theirs] = await Promise.all(
      ['ours', 'duckdb'].map(async (name) => {
        const path = join(this.#folder, `${name}.parquet`);
        const reader = await connection.runAndReadAll(
          `SELECT count(*), ${hashes} FROM read_parquet('${path}')`,
        );
        return JSON.stringify(reader.getRowsJson());
      }),
    );
    connection.closeSync();
    return ours === theirs;
  }
}

function chunkSnapshots() {
  return Array.from({ length: SNAPSHOTS }, (_, i) => {
    const snapshot = makeSnapshot(i * 3, SNAPSHOT_ROWS);
    const origin = {
      host: snapshot.host!.name,
      timeUtcMicroseconds: snapshot.time!.utcMicroseconds,
      file: `fleet/${i}.tcpsnap`,
      number: 0,
      digest: String(i).padStart(64, '0'),
    };
    return { origin, snapshot };
  });
}

function ended(path: string, start: number): Written {
  const seconds = (performance.now() - start) / 1000;
  const { size } = statSync(path);
  return { seconds, bytes: size };
}
