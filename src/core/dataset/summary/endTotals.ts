import { Decoder } from '../../decoder.js';
import type { Engine } from '../../engine/engine.js';
import { withNamedBlocks } from '../../engine/namedBlocks.js';
import { formatIPv4, formatIPv6 } from '../../table/address.js';
import type { AddressField } from '../../table/fields.js';
import { IPV4_WORDS } from '../counts/entryLog.js';
import { PORTS, type EndRun } from '../counts/endRun.js';
import { joinAddresses, type AddressListener } from './addressOwners.js';
import { TopValues } from './topValues.js';

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
  readonly #decoder: Decoder;
  readonly #addLink: AddLink;

  constructor(decoder: Decoder, top: number, addLink: AddLink) {
    this.#decoder = decoder;
    this.localPorts = new TopValues(top);
    this.remotePorts = new TopValues(top);
    this.remotes = new TopValues(top, (words) => JSON.stringify(addressText(words)));
    this.#addLink = addLink;
  }

  /** Adds all runs, which are of one seed. A step at a time: others may do something in between. */
  *add(runs: readonly EndRun[], seed: number): Generator<void> {
    const engineOf = (): Engine => Decoder.engineOf(this.#decoder);
    addPorts(engineOf(), this.localPorts, runs, 'local');
    addPorts(engineOf(), this.remotePorts, runs, 'remote');
    const hosts = new HostNumbers();
    const numbered = runs.map((run) => ({ run, hosts: hosts.of(run) }));
    const { remotes } = this;
    const listener: AddressListener = {
      get leastRows() {
        return remotes.leastCount;
      },
      addRemote: (address, rows) => remotes.add([...address], rows),
      addLink: (from, to, rows) => this.#addLink(hosts.nameOf(from), hosts.nameOf(to), rows),
    };
    for (const kind of ['ipv4', 'ipv6'] as const) {
      const before = remotes.total;
      let all = 0;
      for (const joined of joinAddresses(engineOf, numbered, kind, seed, listener)) {
        all += joined.remotes;
        this.ambiguousRows += joined.ambiguousRows;
        yield;
      }
      remotes.pass(all - (remotes.total - before));
    }
  }
}

/** Numbers for the hosts of all runs: each run has numbers of its own. */
class HostNumbers {
  readonly #names: (string | null)[] = [];
  readonly #numbers = new Map<string | null, number>();

  /** The numbers of a run's hosts. */
  of(run: EndRun): Uint32Array {
    return Uint32Array.from(run.readHosts(), (name) => {
      let number = this.#numbers.get(name);
      if (number === undefined) this.#numbers.set(name, (number = this.#names.push(name) - 1));
      return number;
    });
  }

  nameOf(number: number): string | null {
    return this.#names[number]!;
  }
}

/** Adds the rows by port that all runs have together. */
function addPorts(engine: Engine, top: TopValues<number>, runs: readonly EndRun[], end: AddressField): void {
  const most = Math.max(0, ...runs.map((run) => run.portWords(end)));
  withNamedBlocks(engine, { list: most * 4, totals: PORTS * 8 }, ({ list, totals }) => {
    const counts = new Float64Array(engine.bytes.buffer, totals, PORTS).fill(0);
    for (const run of runs) {
      const words = run.portWords(end);
      run.readPorts(end, engine.borrowU32(list, words));
      engine.run((kernels) => kernels.addPorts(list, words / 2, totals));
    }
    let values = 0;
    for (let port = 0; port < PORTS; port++) {
      if (counts[port]! > 0) values++;
      if (counts[port]! > 0 && counts[port]! >= top.leastCount) top.add(port, counts[port]!);
    }
    top.pass(values - top.total);
  });
}

/** The text of an address given as words: one of IPv4; of IPv6 four and the scope id. */
export function addressText(words: readonly number[]): string {
  if (words.length === IPV4_WORDS) return formatIPv4(words[0]!);
  const [a, b, c, d, scope] = words as [number, number, number, number, number];
  const text = formatIPv6([a, b, c, d]);
  return scope === 0 ? text : `${text}%${scope}`;
}
