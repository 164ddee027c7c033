import { Decoder } from '../../decoder.js';
import type { Engine } from '../../engine/engine.js';
import type { AddressField } from '../../table/fields.js';
import { EntryLog, IPV4_WORDS, IPV6_WORDS } from './entryLog.js';
import {
  encodeEndRun,
  PORTS,
  RunMemory,
  type AddressKind,
  type EndPorts,
  type EndSections,
} from './endRun.js';

const MOST_CONNECTIONS = 0xffffffff;
const NO_PORTS: EndPorts = { local: new Uint32Array(), remote: new Uint32Array() };

/** What is counted of the two ends of rows: ports, and addresses by host. Numbers all the way, since there are as many as there are rows. */
export class EndCounts {
  /** Of the hashes of addresses: the same for all that is merged. */
  readonly seed: number;
  readonly #decoder: Decoder;
  readonly #spill: (run: Uint8Array[]) => void;
  readonly #hosts = new Map<string | null, number>();
  readonly #ports = { local: new Uint32Array(PORTS), remote: new Uint32Array(PORTS) };
  readonly #runMemory = new RunMemory();
  /** What ports have been counted of, at most. */
  #connections = 0;
  readonly #addresses: EndSections<EntryLog>;

  /**
   * @param spill takes what has been counted when it is too much, and at the end: the parts of a run, lent to it
   */
  constructor(decoder: Decoder, seed: number, spill: (run: Uint8Array[]) => void, mostEntries?: number) {
    this.seed = seed;
    this.#decoder = decoder;
    this.#spill = spill;
    const counts = (words: number): EntryLog => new EntryLog(words, seed, mostEntries);
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
   * Connections by port, to which at most so many are added: valid until the next call. Of the remote end, those of port 0 count for nothing:
   * they are bound, or were never connected.
   */
  borrowPorts(connections: number): EndPorts {
    if (this.#connections + connections > MOST_CONNECTIONS) this.finish();
    this.#connections += connections;
    return this.#ports;
  }

  /** Adds entries of addresses, which may be lent. */
  addAddresses(end: AddressField, kind: AddressKind, entries: Uint32Array): void {
    const counts = this.#addresses[end][kind];
    for (let rest = counts.add(this.#engine, entries); rest.length > 0;) {
      this.#spillAll(NO_PORTS);
      rest = counts.add(this.#engine, rest);
    }
  }

  /** Hands over what is left. */
  finish(): void {
    if (this.#hosts.size === 0) return;
    this.#ports.remote[0] = 0;
    this.#spillAll(this.#ports);
    this.#clearPorts();
  }

  /** Forgets all that was counted, and the hosts, but keeps the memory. */
  clear(): void {
    this.#hosts.clear();
    this.#clearPorts();
    for (const { ipv4, ipv6 } of [this.#addresses.local, this.#addresses.remote]) {
      ipv4.clear();
      ipv6.clear();
    }
  }

  #clearPorts(): void {
    if (this.#connections === 0) return;
    for (const ports of [this.#ports.local, this.#ports.remote]) ports.fill(0);
    this.#connections = 0;
  }

  /** All addresses, and these ports. */
  #spillAll(ports: EndPorts): void {
    this.#spill(encodeEndRun(this.#engine, this.hosts, ports, this.#addresses, this.#runMemory));
  }

  get #engine(): Engine {
    return Decoder.engineOf(this.#decoder);
  }
}
