import { ADDRESS_COLUMNS, FAMILY_NUMBERS, type AddressField } from '../../table/fields.js';
import type { Columns } from '../../table/columns.js';
import type { DatasetChunk } from '../datasetChunk.js';
import type { NumberedColumn } from '../numberRows.js';
import { AddressCounts, IPV4_WORDS, IPV6_WORDS } from './addressCounts.js';
import { encodeEndRun, type EndSections } from './endRun.js';

const PORTS = 0x10000;

/** What is counted of the two ends of rows: ports, and addresses by host. Numbers all the way, since there are as many as there are rows. */
export class EndCounts {
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
    this.#spill = spill;
    const counts = (words: number): AddressCounts => new AddressCounts(words, seed, mostEntries);
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
   * Counts the ends of rows of one host.
   *
   * @param host its number
   * @param connections those of the rows whose remote ends mean something
   */
  add(ends: ChunkEnds, host: number, rows: Uint32Array, connections: Uint32Array): void {
    this.#isEmpty = false;
    countPorts(this.#ports.local, ends.ports.local, connections);
    countPorts(this.#ports.remote, ends.ports.remote, connections);
    // Sockets that are bound, or were never connected.
    this.#ports.remote[0] = 0;
    this.#addAddresses(ends, 'local', host, rows);
    this.#addAddresses(ends, 'remote', host, connections);
  }

  /** Hands over what is left. */
  finish(): void {
    if (!this.#isEmpty) this.#spill(this.#take());
  }

  #addAddresses(ends: ChunkEnds, end: AddressField, host: number, rows: Uint32Array): void {
    const { ipv4, ipv6 } = this.#addresses[end];
    const columns = ends.addresses[end];
    if (ends.families === undefined) {
      this.#addAll(ipv4, columns.ipv4, host, rows);
      return;
    }
    const [ofIPv4, ofIPv6] = splitFamilies(ends.families, rows);
    this.#addAll(ipv4, columns.ipv4, host, ofIPv4);
    this.#addAll(ipv6, columns.ipv6, host, ofIPv6);
  }

  #addAll(counts: AddressCounts, columns: readonly Uint32Array[], host: number, rows: Uint32Array): void {
    for (let at = counts.add(columns, host, rows, 0); at < rows.length;) {
      this.#spill(this.#take());
      at = counts.add(columns, host, rows, at);
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

/** The columns of a chunk's ends. */
export interface ChunkEnds {
  readonly ports: Readonly<Record<AddressField, NumberedColumn>>;
  /** The words of addresses: of IPv4 alone, and of rows of IPv6 with their scope ids. */
  readonly addresses: EndSections<readonly Uint32Array[]>;
  /** Only where there can be others than IPv4. */
  readonly families: Uint32Array | undefined;
}

/** Borrows from the engine: valid until it allocates. */
export function borrowEnds(chunk: DatasetChunk): ChunkEnds {
  const { columns } = chunk.data;
  return {
    ports: chunk.borrowPorts(),
    addresses: { local: borrowWords(columns, 'local'), remote: borrowWords(columns, 'remote') },
    families: columns.isWide ? columns.borrow('family') : undefined,
  };
}

function borrowWords(columns: Columns, end: AddressField): EndSections<readonly Uint32Array[]>[AddressField] {
  const { words, scope } = ADDRESS_COLUMNS[end];
  return {
    ipv4: [columns.borrow(end)],
    ipv6: columns.isWide ? [...words, scope].map((word) => columns.borrow(word)) : [],
  };
}

/** Rows of IPv4, and of IPv6. */
function splitFamilies(families: Uint32Array, rows: Uint32Array): readonly [Uint32Array, Uint32Array] {
  const isIPv4 = (row: number): boolean => families[row] === FAMILY_NUMBERS.IPv4;
  return [rows.filter(isIPv4), rows.filter((row) => !isIPv4(row))];
}

function countPorts(counts: Float64Array, ports: NumberedColumn, rows: Uint32Array): void {
  for (let i = 0; i < rows.length; i++) {
    const port = ports[rows[i]!]!;
    if (port < PORTS) counts[port]!++;
  }
}
