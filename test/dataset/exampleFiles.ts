import type { RawTable, Snapshot } from 'tcpscope/core';
import fc from 'fast-check';
import { snapshotOf } from '../cli/snapshotFiles.js';
import { rawTableOf } from '../reference/arbitrarySockets.js';
import { CLASS_NAMES, type ClassName } from '../reference/mibTables.js';

/** Names that are text, markup, formulas and paths. */
export const HOSTILE_NAMES = [
  '../../etc/passwd',
  '..',
  'a/b\\c:d',
  '=cmd|calc',
  '<script>alert(1)</script>',
  'ürü "quoted", \'single\'',
  'line\nbreak\u202e\u0000',
  'x'.repeat(300),
  '__HIVE_DEFAULT_PARTITION__',
  '100%25',
] as const;

function tableOf(name: ClassName, seed: number): RawTable {
  const samples = fc.sample(rawTableOf(name, 60), { numRuns: 20, seed });
  const [bytes] = samples.toSorted((a, b) => b.length - a.length) as [Uint8Array];
  return { class: name, scope: 'all', synthesized: false, bytes };
}

const MINUTE = 60_000_000;
const START = Date.UTC(2026, 10, 23, 23, 50) * 1000;

/** A snapshot of a class, its values random, the greatest and least ones among them. */
export function snapshotOfClass(name: ClassName, seed: number, host = 'WEB01'): Snapshot {
  const { os, osRelease, osVersion, architecture } = snapshotOf([]).host!;
  const processes = [4, 8, 1000].map((pid, i) => ({ pid, name: ['System', '=evil, "x"', 'nginx'][i]! }));
  return {
    ...snapshotOf([], processes),
    host: { name: host, os, osRelease, osVersion, architecture },
    time: { utcMicroseconds: START + seed * MINUTE, monotonicMicroseconds: 0 },
    tables: [tableOf(name, seed)],
  };
}

/** A snapshot of each class. */
export function everyClass(): Snapshot[] {
  return CLASS_NAMES.map((name, seed) => snapshotOfClass(name, seed));
}
