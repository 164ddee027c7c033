import type { RawTable, Snapshot } from 'tcpscope/core';
import fc from 'fast-check';
import { snapshotOf } from '../cli/snapshotFiles.js';
import { tableOf as socketTable, type Socket } from '../reference/socketTables.js';
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

const EDGES = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1];
const FILETIME_OF_1970 = 116_444_736_000_000_000n;

/** Sockets with pids at the ends of their range. */
const SOCKETS: readonly Socket[] = EDGES.map((pid, i) => ({
  state: [5, 2, 11, 2 ** 31, 2 ** 32 - 2, 5][i]!,
  local: [10, 0, 0, 1],
  lport: 50_000 + i,
  remote: [10, 0, 0, 2],
  rport: [0, 443, 65535, 1, 32768, 32767][i]!,
  pid,
}));

function wordsOf(values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer.slice(0));
}

/** Snapshots that tell more of their rows than the rows themselves do: as one of Linux does, one of Windows, a recording; and one that does not. */
export function tellingSnapshots(): Snapshot[] {
  const table = { class: 'tcp2', scope: 'all', synthesized: false, bytes: socketTable('tcp2', SOCKETS) };
  const processes = [
    { pid: 1, name: 'early', startUtcMicroseconds: 1_000_000 },
    { pid: 2 ** 31, name: 'late.exe', startUtcMicroseconds: 2_000_000_000_000_000 },
    { pid: 2 ** 32 - 1, name: 'last "one"' },
  ];
  const times = [
    0n,
    1n,
    FILETIME_OF_1970 + 19n,
    2_650_467_743_999_999_999n,
    2_650_467_744_000_000_000n,
    2n ** 63n - 1n,
  ];
  const timed = SOCKETS.map((socket, i) => ({ ...socket, created: times[i]! }));
  const modules = [{ name: 'Dnscache' }, { name: '=evil' }];
  const owners = {
    class: 'tcp-owner-module',
    scope: 'all',
    synthesized: false,
    // In another order, and one of them gone.
    bytes: socketTable('tcp-owner-module', timed.slice(1).reverse()),
    modules,
    extras: { module: wordsOf([1, 2, 0, 1, 99]) },
  };
  const linux = {
    uid: wordsOf(EDGES),
    inode: wordsOf(EDGES.toReversed()),
    interface: wordsOf([0, 0, 3, 0, 7, 1]),
  };
  const last = {
    lastOwnerPid: wordsOf([0, 1, 77, 2 ** 31, 5, 2 ** 32 - 1]),
    lastOwnerSnapshot: wordsOf(EDGES),
  };
  return [
    { ...snapshotOf([], processes), tables: [table, owners] },
    { ...snapshotOf([]), tables: [{ ...table, synthesized: true, extras: linux }] },
    snapshotOf([], processes, { tables: [table] }),
    {
      ...snapshotOf([], processes),
      endedProcesses: [
        { pid: 77, name: 'gone' },
        { pid: 1, name: 'replaced' },
      ],
      tables: [{ ...table, extras: { ...linux, ...last } }],
    },
    // Columns of which there is not a value for each row are none.
    { ...snapshotOf([], processes), tables: [{ ...table, extras: { uid: wordsOf([1, 2, 3]) } }] },
  ];
}
