import { formatIPv4, formatIPv6 } from '../../table/address.js';
import type { AddressField } from '../../table/fields.js';
import { entryWords, IPV4_WORDS, IPV6_WORDS, PARTITIONS } from '../counts/entryLog.js';
import { PORTS, RunMemory, type AddressKind, type EndRun } from '../counts/endRun.js';
import { AddressOwners, FIRST_HOST, NO_OWNER, SEVERAL_OWNERS } from './addressOwners.js';
import { TopValues } from './topValues.js';

/** Entries that are put together at a time. */
const ENTRIES_AT_ONCE = 1 << 18;
const WORDS = { ipv4: IPV4_WORDS, ipv6: IPV6_WORDS } as const;

/** Told rows of one host whose remote address is another's; the same pair often. */
export type AddLink = (from: string | null, to: string | null, rows: number) => void;

/**
 * What the runs of all units say together of ports and addresses: the most frequent ones, and which connections lead from one host to
 * another. Addresses are taken a few partitions at a time, so memory does not depend on how many there are.
 */
export class EndTotals {
  readonly localPorts: TopValues<number>;
  readonly remotePorts: TopValues<number>;
  /** Remote addresses. */
  readonly remotes: TopValues<readonly number[]>;
  /** Rows to an address that several hosts have. */
  ambiguousRows = 0;
  readonly #addLink: AddLink;

  constructor(top: number, addLink: AddLink) {
    this.localPorts = new TopValues(top);
    this.remotePorts = new TopValues(top);
    this.remotes = new TopValues(top, (words) => JSON.stringify(addressText(words)));
    this.#addLink = addLink;
  }

  /** Adds all runs, which are of one seed. A step at a time: others may do something in between. */
  *add(runs: readonly EndRun[], seed: number): Generator<void> {
    const runMemory = new RunMemory();
    addPorts(this.localPorts, runs, 'local', runMemory);
    addPorts(this.remotePorts, runs, 'remote', runMemory);
    const hosts = new HostNumbers(runs);
    const memory = new EntryMemory();
    for (const kind of ['ipv4', 'ipv6'] as const) {
      const addresses = new AddressOwners(WORDS[kind], seed);
      for (const [first, last] of partitionGroups(runs, kind)) {
        yield;
        memory.reuse();
        const entries = (end: AddressField): EntryReader[] =>
          runs.map((run) => new EntryReader(run, end, kind, [first, last], hosts.of(run), memory));
        const [locals, remotes] = [entries('local'), entries('remote')];
        // One partition after the other, since so few addresses stay in caches.
        for (let partition = first; partition <= last; partition++) {
          addresses.clear();
          for (const local of locals) addOwners(addresses, local.from(partition));
          for (const remote of remotes) this.#addRemotes(addresses, remote.from(partition), hosts);
          this.#tellRemotes(addresses);
        }
      }
    }
  }

  #tellRemotes(addresses: AddressOwners): void {
    for (let number = 0; number < addresses.count; number++) {
      const rows = addresses.rowsOf(number);
      if (rows === 0) continue;
      if (this.remotes.canKeep(rows)) this.remotes.add(addresses.wordsOf(number), rows);
      else this.remotes.pass();
    }
  }

  #addRemotes(addresses: AddressOwners, entries: EntryReader, hosts: HostNumbers): void {
    while (entries.next()) {
      const { list, at, host, rows } = entries;
      const address = addresses.number(list, at);
      addresses.addRows(address, rows);
      const owner = addresses.ownerOf(address);
      if (owner === NO_OWNER || isOwn(list, at, entries.words)) continue;
      if (owner === SEVERAL_OWNERS) this.ambiguousRows += rows;
      else if (owner !== host) this.#addLink(hosts.nameOf(host), hosts.nameOf(owner), rows);
    }
  }
}

function addOwners(addresses: AddressOwners, entries: EntryReader): void {
  while (entries.next()) addresses.own(addresses.number(entries.list, entries.at), entries.host);
}

/** Holds the entries of some partitions, and then those of others. */
class EntryMemory {
  #words = new Uint32Array();
  #end = 0;

  take(words: number): Uint32Array {
    if (this.#end + words > this.#words.length) {
      // What was taken before stays where it is.
      this.#words = new Uint32Array(Math.max(words, ENTRIES_AT_ONCE * entryWords(IPV4_WORDS)));
      this.#end = 0;
    }
    this.#end += words;
    return this.#words.subarray(this.#end - words, this.#end);
  }

  /** Nobody uses what was taken any more. */
  reuse(): void {
    this.#end = 0;
  }
}

/** Goes through entries of some partitions of a run. */
class EntryReader {
  /** The entries of all these partitions. */
  readonly list: Uint32Array;
  readonly words: number;
  /** Place of the entry's address. */
  at = 0;
  readonly #run: EndRun;
  readonly #section: readonly [AddressField, AddressKind];
  readonly #hosts: Uint32Array;
  /** Words of an entry. */
  readonly #stride: number;
  #end = 0;

  constructor(
    run: EndRun,
    end: AddressField,
    kind: AddressKind,
    [first, last]: readonly [number, number],
    hosts: Uint32Array,
    memory: EntryMemory,
  ) {
    this.words = WORDS[kind];
    this.#stride = entryWords(this.words);
    this.list = memory.take(run.count(end, kind, first, last) * this.#stride);
    run.readEntries(end, kind, first, this.list);
    this.#run = run;
    this.#section = [end, kind];
    this.#hosts = hosts;
  }

  /** Begins with the next partition: they come one after the other. */
  from(partition: number): this {
    this.at = this.#end - this.#stride;
    this.#end += this.#run.count(...this.#section, partition, partition) * this.#stride;
    return this;
  }

  next(): boolean {
    this.at += this.#stride;
    return this.at < this.#end;
  }

  get host(): number {
    return this.#hosts[this.list[this.at + this.words]!]!;
  }

  get rows(): number {
    return this.list[this.at + this.words + 1]!;
  }
}

/** Numbers for the hosts of all runs, from FIRST_HOST on: each run has numbers of its own. */
class HostNumbers {
  readonly #names: (string | null)[] = [];
  readonly #ofRuns = new Map<EndRun, Uint32Array>();

  constructor(runs: readonly EndRun[]) {
    const numbers = new Map<string | null, number>();
    for (const run of runs) {
      const ofRun = Uint32Array.from(run.readHosts(), (name) => {
        let number = numbers.get(name);
        if (number === undefined) {
          number = FIRST_HOST + this.#names.push(name) - 1;
          numbers.set(name, number);
        }
        return number;
      });
      this.#ofRuns.set(run, ofRun);
    }
  }

  /** The numbers of a run's hosts. */
  of(run: EndRun): Uint32Array {
    return this.#ofRuns.get(run)!;
  }

  nameOf(number: number): string | null {
    return this.#names[number - FIRST_HOST]!;
  }
}

function addPorts(
  top: TopValues<number>,
  runs: readonly EndRun[],
  end: AddressField,
  memory: RunMemory,
): void {
  const counts = new Float64Array(PORTS);
  for (const run of runs) run.addPorts(end, counts, memory);
  for (let port = 0; port < PORTS; port++) if (counts[port]! > 0) top.add(port, counts[port]!);
}

/** Partitions side by side, as many as together have no more entries than fit into memory well; the first and the last of each group. */
function* partitionGroups(
  runs: readonly EndRun[],
  kind: AddressKind,
): Generator<readonly [first: number, last: number]> {
  let first = 0;
  let entries = 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    let own = 0;
    for (const run of runs)
      own += run.count('local', kind, partition, partition) + run.count('remote', kind, partition, partition);
    if (entries > 0 && entries + own > ENTRIES_AT_ONCE) {
      yield [first, partition - 1];
      [first, entries] = [partition, 0];
    }
    entries += own;
  }
  if (entries > 0) yield [first, PARTITIONS - 1];
}

/** Addresses that are every machine's own: loopback, link-local. */
function isOwn(list: Uint32Array, at: number, words: number): boolean {
  const first = list[at]!;
  if (words === IPV4_WORDS) return first >>> 24 === 127 || first >>> 16 === 0xa9fe;
  if (first >>> 22 === 0xfe80 >>> 6) return true;
  if (first !== 0 || list[at + 1] !== 0) return false;
  const [third, fourth, scope] = [list[at + 2], list[at + 3]!, list[at + 4]];
  // IPv4 addresses of 127.0.0.0/8, and ::1.
  return third === 0xffff ? fourth >>> 24 === 127 : third === 0 && fourth === 1 && scope === 0;
}

/** The text of an address given as words: one of IPv4; of IPv6 four and the scope id. */
export function addressText(words: readonly number[]): string {
  if (words.length === IPV4_WORDS) return formatIPv4(words[0]!);
  const [a, b, c, d, scope] = words as [number, number, number, number, number];
  const text = formatIPv6([a, b, c, d]);
  return scope === 0 ? text : `${text}%${scope}`;
}
