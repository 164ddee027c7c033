import { countKey, parseCountKey, type CountPart } from '../counts/countKey.js';
import type { CountEntry } from '../counts/runs.js';
import { StateTimeline } from './stateTimeline.js';
import type { FindingTotals, HostTotals, LinkTotals, Listener, Summary } from './summary.js';
import { TopValues } from './topValues.js';

const TOP = 50;
const LISTED_OUTLIERS = 500;

/** The parts of a summary that come from counts. */
export type CountedSummary = Omit<
  Summary,
  'version' | 'inputs' | 'snapshots' | 'rows' | 'failures' | 'firstTime' | 'lastTime'
>;

/** Addresses that are every machine's own: loopback, link-local. */
const OWN = /^(?:127\.|169\.254\.|::1$|::ffff:127\.|fe[89ab][0-9a-f]:)/;

interface AddressOwners {
  readonly address: string;
  readonly isOwn: boolean;
  /** Rows that have it at their remote end. */
  remoteRows: number;
  /** The host that has it; undefined as long as none has, or where several have. */
  host: CountPart | undefined;
  hosts: number;
}

/**
 * Makes a summary of merged counts, which come in order of their keys: so what belongs together comes together, and nothing needs to be
 * kept but what is shown. Links are counts themselves: they come out as keys, and go in again with the others of their kind.
 */
export class SummaryBuilder {
  readonly #timeline = new StateTimeline();
  readonly #processes = new TopValues<string | null>(TOP);
  readonly #remotes = new TopValues<string>(TOP);
  readonly #localPorts = new TopValues<number>(TOP);
  readonly #remotePorts = new TopValues<number>(TOP);
  readonly #hosts = new TopValues<string | null>(TOP);
  readonly #hostSnapshots = new Map<CountPart, number>();
  readonly #findings = new Map<
    string,
    { rule: string; severity: string; hosts: number; snapshots: number }
  >();
  readonly #listeners = new TopValues<Listener>(TOP);
  readonly #outliers: (Listener & { host: string | null })[] = [];
  readonly #links = new TopValues<{ from: string | null; to: string | null }>(TOP);
  #outlierTotal = 0;
  #linkRows = 0;
  #ambiguousRows = 0;
  #owners: AddressOwners | undefined;
  #listener: (Listener & { host: string | null; hosts: number }) | undefined;

  readonly #addLink: (key: string, count: number) => void;

  /** @param addLink is told links between hosts as they are found, the same one often; they go into `addLinks` once they are merged */
  constructor(addLink: (key: string, count: number) => void) {
    this.#addLink = addLink;
  }

  /** Merged counts of all inputs, in order; may come in several pieces. */
  addCounts(entries: Iterable<CountEntry>): void {
    for (const [key, count] of entries) this.#add(parseCountKey(key), count);
  }

  /** What `addLink` was told, merged. */
  addLinks(entries: Iterable<CountEntry>): void {
    for (const [key, count] of entries) {
      const [, from, to] = parseCountKey(key) as [string, string | null, string | null];
      this.#links.add({ from, to }, count);
      this.#linkRows += count;
    }
  }

  build(): CountedSummary {
    this.#endListener();
    this.#endAddress();
    return {
      hosts: this.#hostTotals(),
      states: this.#timeline.build(),
      processes: topList(this.#processes),
      remotes: topList(this.#remotes),
      localPorts: topList(this.#localPorts),
      remotePorts: topList(this.#remotePorts),
      findings: this.#findingTotals(),
      listeners: {
        total: this.#listeners.total,
        top: this.#listeners.values.map(({ value, count }) => ({ ...value, hosts: count })),
        // Of a single host every listener would be one.
        outliers:
          this.#hosts.total > 1
            ? { total: this.#outlierTotal, listed: this.#outliers }
            : { total: 0, listed: [] },
      },
      links: this.#linkTotals(),
    };
  }

  #add([kind, ...parts]: ReturnType<typeof parseCountKey>, count: number): void {
    switch (kind) {
      case 'address':
        return this.#addAddress(parts as [string, string, CountPart], count);
      case 'finding':
        return this.#addFinding(parts as [string, string, CountPart], count);
      case 'host':
        return this.#hosts.add(parts[0] as string | null, count);
      case 'hostSnapshots':
        return this.#addHostSnapshots(parts[0]!, count);
      case 'listener':
        return this.#addListener(parts as [string, number, string | null, string | null]);
      case 'localPort':
        return this.#localPorts.add(parts[0] as number, count);
      case 'process':
        return this.#processes.add(parts[0] as string | null, count);
      case 'remotePort':
        return this.#remotePorts.add(parts[0] as number, count);
      case 'snapshots':
        return this.#timeline.addSnapshots(parts[0] as string | null, count);
      case 'state':
        return this.#timeline.addRows(parts[0] as string | null, parts[1] as string, count);
      case 'link':
        throw new Error('links come from addresses, and have a run of their own');
    }
  }

  /** Of an address, its hosts come before those that talk to it: `local` before `remote`. */
  #addAddress([address, end, host]: readonly [string, string, CountPart], count: number): void {
    let owners = this.#owners;
    if (owners?.address !== address) {
      this.#endAddress();
      owners = { address, isOwn: OWN.test(address), remoteRows: 0, host: undefined, hosts: 0 };
      this.#owners = owners;
    }
    if (end === 'local') {
      owners.hosts++;
      owners.host = owners.hosts === 1 ? host : undefined;
      return;
    }
    owners.remoteRows += count;
    if (owners.isOwn) return;
    if (owners.hosts > 1) this.#ambiguousRows += count;
    else if (owners.hosts === 1 && owners.host !== host)
      this.#addLink(countKey('link', host, owners.host!), count);
  }

  #endAddress(): void {
    if (this.#owners !== undefined && this.#owners.remoteRows > 0)
      this.#remotes.add(this.#owners.address, this.#owners.remoteRows);
    this.#owners = undefined;
  }

  #addFinding([severity, rule]: readonly [string, string, CountPart], count: number): void {
    const key = `${severity} ${rule}`;
    const known = this.#findings.get(key) ?? { rule, severity, hosts: 0, snapshots: 0 };
    known.hosts++;
    known.snapshots += count;
    this.#findings.set(key, known);
  }

  /** Only those of hosts that are shown are needed, and these are known by now: `host` comes before `hostSnapshots`. */
  #addHostSnapshots(host: CountPart, count: number): void {
    if (this.#hosts.values.some(({ value }) => value === host)) this.#hostSnapshots.set(host, count);
  }

  #addListener([protocol, port, process, host]: readonly [
    string,
    number,
    string | null,
    string | null,
  ]): void {
    const last = this.#listener;
    if (last?.protocol === protocol && last.port === port && last.process === process) {
      last.hosts++;
      return;
    }
    this.#endListener();
    this.#listener = { protocol, port, process, host, hosts: 1 };
  }

  #endListener(): void {
    if (this.#listener === undefined) return;
    const { host, hosts, ...listener } = this.#listener;
    this.#listeners.add(listener, hosts);
    this.#listener = undefined;
    if (hosts > 1) return;
    this.#outlierTotal++;
    if (this.#outliers.length < LISTED_OUTLIERS) this.#outliers.push({ ...listener, host });
  }

  #hostTotals(): HostTotals {
    return {
      total: this.#hosts.total,
      top: this.#hosts.values.map(({ value, count }) => ({
        host: value,
        snapshots: this.#hostSnapshots.get(value) ?? 0,
        rows: count,
      })),
    };
  }

  #findingTotals(): FindingTotals[] {
    const isWarning = ({ severity }: FindingTotals): number => (severity === 'warning' ? 1 : 0);
    return [...this.#findings.values()].sort(
      (a, b) => isWarning(b) - isWarning(a) || b.snapshots - a.snapshots || (a.rule < b.rule ? -1 : 1),
    );
  }

  #linkTotals(): LinkTotals {
    return {
      total: this.#links.total,
      rows: this.#linkRows,
      ambiguousRows: this.#ambiguousRows,
      top: this.#links.values.map(({ value, count }) => ({ ...value, rows: count })),
    };
  }
}

function topList<Value>(values: TopValues<Value>): {
  total: number;
  top: { value: Value; rows: number }[];
} {
  return { total: values.total, top: values.values.map(({ value, count }) => ({ value, rows: count })) };
}
