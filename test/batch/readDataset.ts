import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDecoder } from 'tcpscope';
import { CONNECTION_KEYS, type Snapshot } from 'tcpscope/core';
import { query, quoted } from '../dataset/duckdb.js';

const decoder = await createDecoder();

/** All rows of a dataset, as DuckDB reads them: one text a row, sorted. */
export async function datasetRows(out: string): Promise<string[]> {
  const columns = ['host', 'epoch_us(time)::VARCHAR AS time', 'file', 'snapshot', ...CONNECTION_KEYS].join(
    ', ',
  );
  const source = `read_parquet(${quoted(`${out}/data/**/*.parquet`)}, hive_partitioning=false)`;
  const rows = await query(`SELECT ${columns} FROM ${source}`);
  return rows.map((row) => JSON.stringify(Object.values(row))).sort();
}

/** What the rows of these files have to be. */
export function expectedRows(
  files: ReadonlyMap<string, Snapshot>,
  nameOf: (path: string) => string,
): string[] {
  return [...files]
    .flatMap(([path, snapshot]) => {
      using table = decoder.decodeSnapshot(snapshot);
      const origin = [snapshot.host!.name, String(snapshot.time!.utcMicroseconds), nameOf(path), 0];
      return Array.from({ length: table.rowCount }, (_, i) => {
        const connection = table.row(i);
        return JSON.stringify([...origin, ...CONNECTION_KEYS.map((key) => connection[key])]);
      });
    })
    .sort();
}

export function readJson<Value>(out: string, name: string): Value {
  return JSON.parse(readFileSync(join(out, name), 'utf8')) as Value;
}

export function readFailures(out: string): Record<string, unknown>[] {
  const path = join(out, 'failures.ndjson');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}
