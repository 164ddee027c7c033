import { DuckDBInstance, type Json } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();

export type DuckRow = Record<string, Json>;

/** Rows of a query in a real DuckDB. Numbers of 64 bits are text. */
export async function query(sql: string): Promise<DuckRow[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJson();
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
