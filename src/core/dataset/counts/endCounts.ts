import { ADDRESS_COLUMNS, FAMILY_NUMBERS, type AddressField } from '../../table/fields.js';
import type { DatasetChunk } from '../datasetChunk.js';
import type { NumberedColumn } from '../numberRows.js';
import { AddressCounts, IPV4_WORDS, IPV6_WORDS } from './addressCounts.js';
import { encodeEndRun, type EndSections } from './endRun.js';

const PORTS = 0x10000;

/** What is counted of the two ends of rows: ports, and addresses by host. Numbers all the way, since there are as many as there are rows. */
export class EndCounts {
  readonly #seed: number;
  readonly #spill: (run: Uint8Array[]) => void;
  readonly #hosts = new Map<string | null, number>();
  readonly #ports = { local: new Float64Array(PORTS), remote: new Float64Array(PORTS) };
  readonly #addresses: EndSections<AddressCounts>;
  #isEmpty = true;

  /**
   * @param seed the same for all that is merged
   * @param spill takes what has been counted when it is too much, and at the end: the parts of a run, lent to it
   */
  constructor(seed: number, spill: (run: Uint8Array[]) => void, mostEntries?: number) {
    this.#seed = seed;
    this.#spill = spill;
    const counts = (words: number): AddressCounts => new AddressCounts(words, this.#seed, mostEntries);
    this.#addresses = {
      local: { ipv4: counts(IPV4_WORDS), ipv6: counts(IPV6_WORDS) },
      remote: { ipv4: counts(IPV4_WORDS), ipv6: counts(IPV6_WORDS) },
    };
  }

  /** The hosts that have been met, by their numbers. */
  get hosts(): readonly (string | null)[] {
    return [...this.#hosts.keys()];
  }

  hostNumber(host: string | null): number {
    let number = this.#hosts.get(host);
    if (number === undefined) this.#hosts.set(host, (number = this.#hosts.size));
    return number;
  }

  /**
   * Counts the ends of rows of a chunk.
   *
   * @param hosts the number of each row's host
   * @param connections those of the rows whose remote ends mean something
   */
  add(chunk: DatasetChunk, hosts: Uint32Array, rows: Uint32Array, connections: Uint32Array): void {
    this.#isEmpty = false;
    const ports = chunk.borrowPorts();
    countPorts(this.#ports.local, ports.local, connections);
    countPorts(this.#ports.remote, ports.remote, connections);
    // Sockets that are bound, or were never connected.
    this.#ports.remote[0] = 0;
    this.#addAddresses(chunk, 'local', hosts, rows);
    this.#addAddresses(chunk, 'remote', hosts, connections);
  }

  /** Hands over what is left. */
  finish(): void {
    if (!this.#isEmpty) this.#spill(this.#take());
  }

  #addAddresses(
    { data: { columns } }: DatasetChunk,
    end: AddressField,
    hosts: Uint32Array,
    rows: Uint32Array,
  ): void {
    const { ipv4, ipv6 } = this.#addresses[end];
    const last = columns.borrow(end);
    if (!columns.isWide) {
      this.#addAll(ipv4, [last], hosts, rows);
      return;
    }
    const family = columns.borrow('family');
    const isIPv4 = (row: number): boolean => family[row] === FAMILY_NUMBERS.IPv4;
    const { words, scope } = ADDRESS_COLUMNS[end];
    const wide = [...words, scope].map((word) => columns.borrow(word));
    this.#addAll(ipv4, [last], hosts, rows.filter(isIPv4));
    this.#addAll(
      ipv6,
      wide,
      hosts,
      rows.filter((row) => !isIPv4(row)),
    );
  }

  #addAll(
    counts: AddressCounts,
    columns: readonly Uint32Array[],
    hosts: Uint32Array,
    rows: Uint32Array,
  ): void {
    for (let at = counts.add(columns, hosts, rows, 0); at < rows.length;) {
      this.#spill(this.#take());
      at = counts.add(columns, hosts, rows, at);
    }
  }

  #take(): Uint8Array[] {
    const { local, remote } = this.#ports;
    const run = encodeEndRun(this.hosts, this.#ports, this.#addresses);
    local.fill(0);
    remote.fill(0);
    return run;
  }
}

function countPorts(counts: Float64Array, ports: NumberedColumn, rows: Uint32Array): void {
  for (const row of rows) {
    const port = ports[row]!;
    if (port < PORTS) counts[port]!++;
  }
}
