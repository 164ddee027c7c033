import type { Decoder } from '../decoder.js';
import { SnapshotError } from '../errors.js';
import { primaryTables } from '../primaryTables.js';
import type { RawTable, Snapshot } from '../snapshot.js';
import { isTableClass, layoutOf, type TableLayout } from '../tableClass.js';
import { findBeacons } from './beacons.js';
import { ConnectionLog } from './connectionLog.js';
import { CounterLog } from './counters.js';
import { Owners } from './owners.js';
import { SeriesBuilder } from './series.js';
import type { Coverage, RecordedGap, Timeline, UnreadableSnapshot } from './timelineData.js';
import { Tracker } from './tracker.js';

/** Takes one snapshot after another, and makes a timeline of them. */
export class TimelineBuilder {
  readonly #decoder: Decoder;
  readonly #log = new ConnectionLog();
  readonly #owners = new Owners();
  readonly #counters = new CounterLog();
  readonly #processes = new NamesByPid();
  readonly #series: SeriesBuilder;
  readonly #trackers = new Map<string, Tracker>();
  readonly #kinds: Pick<Coverage, 'protocol' | 'family' | 'scope'>[] = [];
  readonly #unreadable: UnreadableSnapshot[] = [];
  readonly #undecoded = new Set<string>();
  #host: string | null = null;

  constructor(decoder: Decoder, count: number) {
    this.#decoder = decoder;
    this.#series = new SeriesBuilder(count);
  }

  add(number: number, snapshot: Snapshot): void {
    this.#series.begin(number, snapshot);
    this.#host ??= snapshot.host?.name ?? null;
    this.#counters.add(number, snapshot);
    for (const table of snapshot.tables) if (!isTableClass(table.class)) this.#undecoded.add(table.class);
    const processOf = this.#processes.reader(snapshot);
    for (const [sockets, tables] of tablesByCoverage(snapshot)) {
      try {
        const table = this.#decoder.decodeSnapshot({ ...snapshot, tables, processes: [] });
        const tracker = this.#trackers.get(sockets) ?? this.#newTracker(sockets, tables[0]!);
        const changes = tracker.look({ number, table, processOf });
        this.#series.add(number, changes, tracker.rowsByState);
      } catch (error) {
        this.addUnreadable(number, error);
      }
    }
  }

  /** @throws what is no fault of the snapshot */
  addUnreadable(snapshot: number | null, error: unknown): void {
    const isFault =
      error instanceof SnapshotError && error.code !== 'out-of-memory' && error.code !== 'engine-failed';
    if (!isFault) throw error;
    this.#unreadable.push({
      snapshot,
      code: error.code,
      reason: error.message,
      offset: error.offset ?? null,
    });
  }

  finish(gaps: readonly RecordedGap[]): Timeline {
    const trackers = [...this.#trackers.values()];
    const log = this.#log;
    for (let connection = 0; connection < log.keys.count; connection++) {
      trackers[log.coverageOf(connection)]!.finish(connection);
    }
    const coverages = this.#kinds.map((kind, i): Coverage => {
      const { first, last, looks } = trackers[i]!;
      return { ...kind, first, last, snapshots: looks };
    });
    const snapshots = this.#series.finish();
    const connections = log.toHistory();
    const owners = this.#owners.list;
    return {
      host: this.#host,
      snapshots,
      coverages,
      connections,
      owners,
      beacons: findBeacons({ snapshots, coverages, connections, owners }),
      counters: this.#counters.toSeries(),
      unreadable: this.#unreadable,
      undecoded: [...this.#undecoded],
      gaps,
    };
  }

  free(): void {
    for (const tracker of this.#trackers.values()) tracker.free();
  }

  #newTracker(sockets: string, { class: name, scope }: RawTable): Tracker {
    const { protocol, family } = layoutOfRaw(name);
    const coverage = this.#kinds.push({ protocol, family, scope }) - 1;
    const tracker = new Tracker(this.#log, this.#owners, coverage, family);
    this.#trackers.set(sockets, tracker);
    return tracker;
  }
}

/** The tables of connections, those of the same sockets together. */
function tablesByCoverage(snapshot: Snapshot): Map<string, RawTable[]> {
  const groups = new Map<string, RawTable[]>();
  for (const table of primaryTables(snapshot)) {
    const { protocol, family } = layoutOfRaw(table.class);
    const sockets = `${protocol} over ${family}, ${table.scope}`;
    const group = groups.get(sockets);
    if (group === undefined) groups.set(sockets, [table]);
    else group.push(table);
  }
  return groups;
}

function layoutOfRaw(name: string): TableLayout {
  if (!isTableClass(name)) throw new Error(`no table class ${name}`);
  return layoutOf(name);
}

/** Names of processes by pid. They are read when the first is asked for, and again when they are others. */
class NamesByPid {
  #processes: Snapshot['processes'];
  #names: ReadonlyMap<number, string> = new Map();

  reader({ processes = [] }: Snapshot): (pid: number) => string | null {
    return (pid) => {
      if (processes !== this.#processes) {
        this.#processes = processes;
        this.#names = new Map(processes.map((process) => [process.pid, process.name]));
      }
      return this.#names.get(pid) || null;
    };
  }
}
