import type { Decoder } from '../../decoder.js';
import { countKey, parseCountKey, type CountPart } from '../counts/countKey.js';
import type { CountEntry } from '../counts/runs.js';
import type { EndRun } from '../counts/endRun.js';
import { addressText, EndTotals } from './endTotals.js';
import { StateTimeline } from './stateTimeline.js';
import type { FindingTotals, HostTotals, LinkTotals, Listener, Summary, TopList } from './summary.js';
import { TopValues } from './topValues.js';

const TOP = 50;
const LISTED_OUTLIERS = 500;

/** The parts of a summary that come from counts. */
export type CountedSummary = Omit<
  Summary,
  'version' | 'inputs' | 'snapshots' | 'rows' | 'failures' | 'firstTime' | 'lastTime'
>;

/**
 * Makes a summary of merged counts, which come in order of their keys: so what belongs together comes together, and nothing needs to be
 * kept but what is shown. Links are counts themselves: they come out as keys, and go in again with the others of their kind.
 */
export class SummaryBuilder {
  readonly #timeline = new StateTimeline();
  readonly #processes = new TopValues<string | null>(TOP);
  readonly #ends: EndTotals;
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
  #listener: (Listener & { host: string | null; hosts: number }) | undefined;

  /**
   * @param decoder has the engine that puts addresses together
   * @param addLink is told links between hosts as they are found, the same one often; they go into `addLinks` once they are merged
   */
  constructor(decoder: Decoder, addLink: (key: string, count: number) => void) {
    this.#ends = new EndTotals(decoder, TOP, (from, to, rows) => addLink(countKey('link', from, to), rows));
  }

  /** Merged counts of all inputs, in order; may come in several pieces. */
  addCounts(entries: Iterable<CountEntry>): void {
    for (const [key, count] of entries) this.#add(parseCountKey(key), count);
  }

  /** Counts of ports and addresses: the runs of all inputs. A step at a time. */
  addEnds(runs: readonly EndRun[], seed: number): Generator<void> {
    return this.#ends.add(runs, seed);
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
    return {
      hosts: this.#hostTotals(),
      states: this.#timeline.build(),
      processes: topList(this.#processes),
      remotes: topList(this.#ends.remotes, addressText),
      localPorts: topList(this.#ends.localPorts),
      remotePorts: topList(this.#ends.remotePorts),
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
      case 'finding':
        return this.#addFinding(parts as [string, string, CountPart], count);
      case 'host':
        return this.#hosts.add(parts[0] as string | null, count);
      case 'hostSnapshots':
        return this.#addHostSnapshots(parts[0]!, count);
      case 'listener':
        return this.#addListener(parts as [string, number, string | null, string | null]);
      case 'process':
        return this.#processes.add(parts[0] as string | null, count);
      case 'snapshots':
        return this.#timeline.addSnapshots(parts[0] as string | null, count);
      case 'state':
        return this.#timeline.addRows(parts[0] as string | null, parts[1] as string, count);
      case 'link':
        throw new Error('links have a run of their own');
    }
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
      ambiguousRows: this.#ends.ambiguousRows,
      top: this.#links.values.map(({ value, count }) => ({ ...value, rows: count })),
    };
  }
}

function topList<Value>(values: TopValues<Value>): TopList<Value>;
function topList<Value, Shown>(values: TopValues<Value>, shown: (value: Value) => Shown): TopList<Shown>;
function topList<Value>(
  { total, values }: TopValues<Value>,
  shown: (value: Value) => unknown = (value) => value,
): TopList<unknown> {
  return { total, top: values.map(({ value, count }) => ({ value: shown(value), rows: count })) };
}
