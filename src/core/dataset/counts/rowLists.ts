import type { Engine } from '../../engine/engine.js';
import { withNamedBlocks } from '../../engine/namedBlocks.js';
import type { Columns } from '../../table/columns.js';
import {
  ADDRESS_COLUMNS,
  FAMILY_NUMBERS,
  PROTOCOL_NUMBERS,
  type AddressField,
  type StoredField,
} from '../../table/fields.js';
import { STATE_LISTEN, STATES } from '../../table/names.js';
import type { DatasetChunk } from '../datasetChunk.js';
import type { ChunkCounts } from './countChunk.js';
import { entryWords, IPV4_WORDS, IPV6_WORDS } from './entryLog.js';
import type { EndCounts } from './endCounts.js';
import { PORTS, type EndPorts } from './endRun.js';

/** Rows that are listed at a time: few enough to stay in caches, with all that is counted of them. */
const MOST_ROWS = 1 << 14;
/** Of a list for each of its rows: the row's number, and its host's. */
const LISTED_WORDS = 2;
/** Numbers of states that have a counter: those with names. */
const STATE_RANGE = Math.max(...STATES) + 1;

/** Some rows, in the engine's memory. */
interface RowList {
  readonly block: number;
  readonly rows: number;
}

/** Bytes of the lists of a chunk's rows, and of the counters of what is counted of them. */
function blockBytes({ isWide }: Columns, names: number) {
  const list = MOST_ROWS * LISTED_WORDS * 4;
  return {
    listed: list,
    tcp: list,
    listeners: list,
    connections: list,
    ofIPv4: list,
    ofIPv6: list,
    words: IPV6_WORDS * 4,
    entries: MOST_ROWS * entryWords(isWide ? IPV6_WORDS : IPV4_WORDS) * 4,
    states: STATE_RANGE * 4,
    processes: names * 4,
    local: PORTS * 4,
    remote: PORTS * 4,
  };
}

type Blocks = Readonly<Record<keyof ReturnType<typeof blockBytes>, number>>;

/** Lends lists for the rows of a chunk. */
export function withRowLists<Result>(chunk: DatasetChunk, use: (lists: RowLists) => Result): Result {
  const { engine, columns, processNames } = chunk.data;
  return withNamedBlocks(engine, blockBytes(columns, processNames.length), (blocks) =>
    use(new RowLists(chunk, blocks)),
  );
}

/** Lists rows of one snapshot after another, and has the engine count them when they are enough (assembly/count/rowLists.ts). */
export class RowLists {
  readonly #chunk: DatasetChunk;
  readonly #engine: Engine;
  readonly #columns: Columns;
  readonly #blocks: Blocks;
  readonly #names: number;
  #rows = 0;
  /** Of how many of these the states have been counted. */
  #stateRows = 0;

  constructor(chunk: DatasetChunk, blocks: Blocks) {
    const { engine, columns, processNames } = chunk.data;
    this.#chunk = chunk;
    this.#engine = engine;
    this.#columns = columns;
    this.#blocks = blocks;
    this.#names = processNames.length;
    this.processes.fill(0);
  }

  get isFull(): boolean {
    return this.#rows === MOST_ROWS;
  }

  /** How many rows there were of each process, by the numbers of their names; lent. */
  get processes(): Uint32Array {
    return this.#engine.borrowU32(this.#blocks.processes, this.#names);
  }

  /** Sets the connections that there were of each port before. */
  setPorts({ local, remote }: EndPorts): void {
    this.#engine.borrowU32(this.#blocks.local, PORTS).set(local);
    this.#engine.borrowU32(this.#blocks.remote, PORTS).set(remote);
  }

  /** Copies the connections of each port: those before, and those that were counted. */
  copyPorts({ local, remote }: EndPorts): void {
    local.set(this.#engine.borrowU32(this.#blocks.local, PORTS));
    remote.set(this.#engine.borrowU32(this.#blocks.remote, PORTS));
  }

  /**
   * Lists rows of a host, as many as there is room for: those at some places of a list, or, without one, those of these numbers. Returns
   * the place behind the last one.
   */
  append(rows: Uint32Array | undefined, first: number, end: number, host: number): number {
    const stop = Math.min(end, first + MOST_ROWS - this.#rows);
    const { words } = this.#engine;
    let at = this.#blocks.listed / 4 + this.#rows * LISTED_WORDS;
    for (let place = first; place < stop; place++) {
      words[at++] = rows === undefined ? place : rows[place]!;
      words[at++] = host;
    }
    this.#rows += stop - first;
    return stop;
  }

  /** Counts the states of the rows that were listed since the last call. */
  countStates(tell: (state: number, rows: number) => void): void {
    const list = {
      block: this.#blocks.listed + this.#stateRows * LISTED_WORDS * 4,
      rows: this.#rows - this.#stateRows,
    };
    this.#stateRows = this.#rows;
    const counts = this.#engine.borrowU32(this.#blocks.states, STATE_RANGE).fill(0);
    const unnamed = this.#tally(list, 'state', STATE_RANGE, this.#blocks.states);
    for (let state = 0; state < STATE_RANGE; state++) if (counts[state]! > 0) tell(state, counts[state]!);
    if (unnamed > 0) for (const [state, rows] of this.#unnamedStates(list)) tell(state, rows);
  }

  /** Counts the listed rows by everything else, and begins anew. */
  count({ ends, listeners: counts }: ChunkCounts): void {
    const { listed, processes, listeners, connections, tcp, ofIPv6, local, remote } = this.#blocks;
    const all = { block: listed, rows: this.#rows };
    this.#tally(all, 'process', this.#names, processes);
    const ofTcp = this.#columns.isWide
      ? this.#split(all, ['protocol', PROTOCOL_NUMBERS.TCP], [tcp, ofIPv6])[0]
      : all;
    const [listening, connected] = this.#split(ofTcp, ['state', STATE_LISTEN], [listeners, connections]);
    counts.add(this.#chunk, this.#engine.borrowU32(listening.block, listening.rows * LISTED_WORDS));
    this.#tallyPorts(connected, 'lport', local);
    this.#tallyPorts(connected, 'rport', remote);
    this.#countAddresses(ends, 'local', all);
    this.#countAddresses(ends, 'remote', connected);
    this.#rows = this.#stateRows = 0;
  }

  #countAddresses(ends: EndCounts, end: AddressField, list: RowList): void {
    const { words, scope } = ADDRESS_COLUMNS[end];
    if (!this.#columns.isWide) {
      ends.addAddresses(end, 'ipv4', this.#borrowEntries(list, [end], ends.seed));
      return;
    }
    const { ofIPv4, ofIPv6 } = this.#blocks;
    const [ipv4, ipv6] = this.#split(list, ['family', FAMILY_NUMBERS.IPv4], [ofIPv4, ofIPv6]);
    ends.addAddresses(end, 'ipv4', this.#borrowEntries(ipv4, [end], ends.seed));
    ends.addAddresses(end, 'ipv6', this.#borrowEntries(ipv6, [...words, scope], ends.seed));
  }

  /** Counts the rows of a list by address and host. Valid until the next call, or until the engine allocates. */
  #borrowEntries(list: RowList, columns: readonly StoredField[], seed: number): Uint32Array {
    const { words, entries } = this.#blocks;
    const addresses = columns.map((column) => this.#columns.address(column));
    this.#engine.borrowU32(words, addresses.length).set(addresses);
    const count = this.#engine.run((kernels) =>
      kernels.logAddresses(list.block, list.rows, words, addresses.length, seed, entries),
    );
    return this.#engine.borrowU32(entries, count * entryWords(addresses.length));
  }

  /** Splits a list by whether rows have this value. */
  #split(
    list: RowList,
    [field, value]: readonly [StoredField, number],
    [same, others]: readonly [number, number],
  ): readonly [RowList, RowList] {
    const column = this.#columns.address(field);
    const rows = this.#engine.run((kernels) =>
      kernels.splitRows(list.block, list.rows, column, value, same, others),
    );
    return [
      { block: same, rows },
      { block: others, rows: list.rows - rows },
    ];
  }

  #tally(list: RowList, field: 'state' | 'process', range: number, counters: number): number {
    const column = this.#columns.address(field);
    return this.#engine.run((kernels) => kernels.tallyValues(list.block, list.rows, column, range, counters));
  }

  #tallyPorts(list: RowList, field: 'lport' | 'rport', counters: number): void {
    const column = this.#columns.address(field);
    this.#engine.run((kernels) => kernels.tallyShorts(list.block, list.rows, column, counters));
  }

  /** Rows in states that have no counter. */
  #unnamedStates({ block, rows }: RowList): Map<number, number> {
    const states = this.#columns.borrow('state');
    const pairs = this.#engine.borrowU32(block, rows * LISTED_WORDS);
    const counts = new Map<number, number>();
    for (let at = 0; at < pairs.length; at += LISTED_WORDS) {
      const state = states[pairs[at]!]!;
      if (state >= STATE_RANGE) counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return counts;
  }
}
