import type { Engine } from '../../engine/engine.js';
import { withNamedBlocks } from '../../engine/namedBlocks.js';
import type { AddressField } from '../../table/fields.js';
import { entryWords, IPV4_WORDS, IPV6_WORDS, PARTITIONS } from '../counts/entryLog.js';
import type { AddressKind, EndRun } from '../counts/endRun.js';

/** Entries that are put together at a time. */
const ENTRIES_AT_ONCE = 1 << 18;
const WORDS = { ipv4: IPV4_WORDS, ipv6: IPV6_WORDS } as const;
const ENDS = ['local', 'remote'] as const;
const WORD_RANGE = 2 ** 32;
const ROWS_WORDS = 2;
const LINK_WORDS = 3;
const LIST_WORDS = 5;

/** A run whose hosts have numbers that are the same in all runs. */
export interface NumberedRun {
  readonly run: EndRun;
  /** The numbers of its hosts. */
  readonly hosts: Uint32Array;
}

/** What some partitions of all runs say together. */
export interface JoinedAddresses {
  /** Remote addresses. */
  readonly remotes: number;
  /** Rows to an address that several hosts have. */
  readonly ambiguousRows: number;
}

/** Is told the remote addresses that have rows enough, each once, and links between two hosts, the same perhaps several times. */
export interface AddressListener {
  /** How many rows are enough. */
  readonly leastRows: number;
  addRemote(address: Uint32Array, rows: number): void;
  addLink(from: number, to: number, rows: number): void;
}

/**
 * Puts together what all runs say of addresses of one kind, as many partitions at a time as fit into memory well (assembly/count/addressOwners.ts). The engine
 * may be used for something else in between.
 */
export function* joinAddresses(
  engineOf: () => Engine,
  runs: readonly NumberedRun[],
  kind: AddressKind,
  seed: number,
  listener: AddressListener,
): Generator<JoinedAddresses> {
  const totals = partitionTotals(runs, kind);
  for (let first = 0; first < PARTITIONS;) {
    let [end, entries, largest] = [first, 0, 0];
    while (end < PARTITIONS && (entries === 0 || entries + totals[end]! <= ENTRIES_AT_ONCE)) {
      entries += totals[end]!;
      largest = Math.max(largest, totals[end]!);
      end++;
    }
    if (entries > 0) yield joinPartitions(engineOf(), runs, kind, { first, end, largest }, seed, listener);
    first = end;
  }
}

/** Entries in each partition of all runs. */
function partitionTotals(runs: readonly NumberedRun[], kind: AddressKind): Float64Array {
  const totals = new Float64Array(PARTITIONS);
  for (const { run } of runs) {
    for (const end of ENDS) {
      let before = 0;
      for (const [partition, behind] of run.partitionEnds(end, kind).entries()) {
        totals[partition]! += behind - before;
        before = behind;
      }
    }
  }
  return totals;
}

interface Partitions {
  readonly first: number;
  /** Behind the last one. */
  readonly end: number;
  /** Entries of the largest. */
  readonly largest: number;
}

function joinPartitions(
  engine: Engine,
  runs: readonly NumberedRun[],
  kind: AddressKind,
  { first, end, largest }: Partitions,
  seed: number,
  listener: AddressListener,
): JoinedAddresses {
  const { OWNED_BYTES, JOINED_BYTES } = engine.run((kernels) => kernels);
  const words = WORDS[kind];
  const lists = ENDS.flatMap((field) => runs.map((of) => listOf(of, field, kind, first, end)));
  const counts = lists.map(({ count }) => count);
  const remotes = sum(counts.slice(runs.length));
  const sizes = {
    lists: lists.length * LIST_WORDS * 4,
    entries: sum(counts) * entryWords(words) * 4,
    hosts: sum(lists.map(({ hosts }) => hosts.length)) * 4,
    ends: lists.length * (end - first) * 4,
    table: tableLength(largest) * 4,
    owned: largest * OWNED_BYTES,
    joined: JOINED_BYTES,
    remotes: remotes * (words + ROWS_WORDS) * 4,
    links: remotes * LINK_WORDS * 4,
  };
  return withNamedBlocks(engine, sizes, (blocks) => {
    writeLists(engine, lists, blocks);
    const { leastRows } = listener;
    const { table, owned, joined } = blocks;
    const [ofEach, partitions] = [runs.length, end - first];
    engine.run((kernels) =>
      kernels.joinEntries(
        blocks.lists,
        ofEach,
        ofEach,
        partitions,
        words,
        seed,
        leastRows,
        table,
        owned,
        joined,
        blocks.remotes,
        blocks.links,
      ),
    );
    const told = engine.borrowU32(joined, JOINED_BYTES / 4);
    tellRemotes(engine.borrowU32(blocks.remotes, told[0]! * (words + ROWS_WORDS)), words, listener);
    tellLinks(engine.borrowU32(blocks.links, told[2]! * LINK_WORDS), listener);
    return { remotes: told[1]!, ambiguousRows: told[4]! + told[5]! * WORD_RANGE };
  });
}

/** Entries of one end of a run, of some partitions. */
interface EntryList {
  readonly hosts: Uint32Array;
  /** How many entries there are up to the end of each partition, and before the first one. */
  readonly ends: Uint32Array;
  readonly before: number;
  readonly count: number;
  /** Words of them all. */
  readonly words: number;
  read(into: Uint32Array): void;
}

function listOf(
  { run, hosts }: NumberedRun,
  field: AddressField,
  kind: AddressKind,
  first: number,
  end: number,
): EntryList {
  const all = run.partitionEnds(field, kind);
  const before = first === 0 ? 0 : all[first - 1]!;
  const count = all[end - 1]! - before;
  const words = count * entryWords(WORDS[kind]);
  const read = (into: Uint32Array): void => run.readEntries(field, kind, before, into);
  return { hosts, ends: all.subarray(first, end), before, count, words, read };
}

/** Writes lists as the engine wants them. */
function writeLists(
  engine: Engine,
  lists: readonly EntryList[],
  blocks: Readonly<Record<'lists' | 'entries' | 'hosts' | 'ends', number>>,
): void {
  const described = engine.borrowU32(blocks.lists, lists.length * LIST_WORDS);
  let { entries, hosts, ends } = blocks;
  for (const [i, list] of lists.entries()) {
    described.set([entries, hosts, ends, list.before, list.hosts.length], i * LIST_WORDS);
    list.read(engine.borrowU32(entries, list.words));
    engine.borrowU32(hosts, list.hosts.length).set(list.hosts);
    engine.borrowU32(ends, list.ends.length).set(list.ends);
    entries += list.words * 4;
    hosts += list.hosts.length * 4;
    ends += list.ends.length * 4;
  }
}

function tellRemotes(list: Uint32Array, words: number, listener: AddressListener): void {
  for (let at = 0; at < list.length; at += words + ROWS_WORDS) {
    const rows = list[at + words]! + list[at + words + 1]! * WORD_RANGE;
    if (rows >= listener.leastRows) listener.addRemote(list.subarray(at, at + words), rows);
  }
}

function tellLinks(list: Uint32Array, listener: AddressListener): void {
  for (let at = 0; at < list.length; at += LINK_WORDS)
    listener.addLink(list[at]!, list[at + 1]!, list[at + 2]!);
}

/** Of a table of so many entries (assembly/count/addressLog.ts). */
function tableLength(entries: number): number {
  return 2 ** (33 - Math.clz32(Math.max(entries, 2) - 1));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
