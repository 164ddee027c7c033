import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const READER = fileURLToPath(new URL('../format/reader.py', import.meta.url));
/** A Python that reader.py runs with; undefined where there is none. */
export const PYTHON = ['python3', '/usr/bin/python3'].find(
  (python) =>
    spawnSync(python, ['-c', 'import sys, msgpack; assert sys.version_info >= (3, 11)']).status === 0,
);
export const SKIPPED = PYTHON === undefined ? ' (skipped: no Python 3.11 with msgpack)' : '';

export type Json = Record<string, unknown>;
export type Row = [
  state: number,
  localAddress: string,
  localPort: number,
  remoteAddress: string,
  remotePort: number,
  pid: number,
  offload: number,
];

/** What reader.py prints of a snapshot of which the chain value is right. */
export interface PythonSnapshot {
  /** Of its frame. */
  readonly number: number;
  /** Its place among the snapshots. */
  readonly snapshot: number;
  readonly metadata: Json;
  readonly chain: string;
  readonly tables: readonly {
    readonly class: string;
    readonly sha256_ok: boolean;
    readonly rows: readonly Row[] | null;
    readonly slack: string | null;
  }[];
}

/** What reader.py prints of a series frame: null where nothing is told. */
export interface PythonSeries {
  readonly snapshots: number;
  readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
  readonly states: Readonly<Record<string, readonly number[]>>;
}

export interface Reading {
  readonly exit: number;
  readonly snapshots: readonly PythonSnapshot[];
  readonly problems: readonly { readonly problem: string; readonly offset: number }[];
  readonly gaps: readonly Json[];
  readonly repairs: readonly Json[];
  readonly series: readonly PythonSeries[];
  /** Whether the indexes of the file lead to every frame. */
  readonly indexed: boolean;
  /** Of how many snapshots the series tell together, null where none of them is used. */
  readonly told: number | null;
  /** Where these tell something else than the tables say; null where reader.py could not count that. */
  readonly differs: readonly string[] | null;
}

export function readWithPython(file: string): Reading {
  const result = spawnSync(PYTHON ?? '', [READER, file], { encoding: 'utf8', maxBuffer: 1 << 28 });
  expect(result.stderr).toBe('');
  return toReading(result.stdout.trimEnd().split('\n').filter(Boolean), result.status ?? -1);
}

/** Reads many files in one process. */
export function readAllWithPython(files: readonly string[]): Reading[] {
  const result = spawnSync(PYTHON ?? '', [READER, '--batch'], {
    input: files.map((file) => `${file}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect([result.stderr, result.status]).toEqual(['', 0]);
  const readings: Reading[] = [];
  let lines: string[] = [];
  for (const line of result.stdout.trimEnd().split('\n')) {
    if (line.startsWith('{"file"')) {
      const { file, exit } = JSON.parse(line) as { file: string; exit: number };
      expect(file).toBe(files[readings.length]);
      readings.push(toReading(lines, exit));
      lines = [];
    } else lines.push(line);
  }
  expect(readings).toHaveLength(files.length);
  return readings;
}

function toReading(lines: readonly string[], exit: number): Reading {
  const items = lines.map((line) => JSON.parse(line) as Json);
  const having = (key: string): Json[] => items.filter((item) => key in item);
  const [last] = having('told').map(
    ({ told }) => told as { snapshots: number | null; differs: string[] | null },
  );
  return {
    exit,
    snapshots: having('number') as unknown as PythonSnapshot[],
    problems: having('problem') as Reading['problems'][number][],
    gaps: having('gap').map(({ gap }) => gap as Json),
    repairs: having('repair').map(({ repair }) => repair as Json),
    series: having('series').map(({ series }) => series as PythonSeries),
    indexed: having('indexed').some(({ indexed }) => indexed === true),
    told: last?.snapshots ?? null,
    differs: last?.differs ?? null,
  };
}
