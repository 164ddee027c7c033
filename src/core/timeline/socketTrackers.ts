import type { Decoder } from '../decoder.js';
import { primaryTables } from '../primaryTables.js';
import type { RawTable, Snapshot } from '../snapshot.js';
import { isTableClass, layoutOf, type TableLayout } from '../tableClass.js';
import { ConnectionLog } from './connectionLog.js';
import { Owners } from './owners.js';
import type { Coverage } from './timelineData.js';
import { Tracker, type Changes } from './tracker.js';

/** Who is told what the tables of a snapshot say. */
export interface LookListener {
  /** For each coverage that the snapshot has. */
  onChanges(changes: Changes, rowsByState: Uint32Array): void;
  /** Tables that cannot be decoded, or for which there is no memory. */
  onError(error: unknown): void;
}

/** Follows all sockets of a recording, those of each coverage by a tracker. */
export class SocketTrackers {
  readonly log = new ConnectionLog();
  readonly owners = new Owners();
  readonly #decoder: Decoder;
  readonly #processes = new NamesByPid();
  readonly #trackers = new Map<string, Tracker>();
  readonly #kinds: Pick<Coverage, 'protocol' | 'family' | 'scope'>[] = [];

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  /** @param number of the snapshot: higher from one to the next */
  look(number: number, snapshot: Snapshot, listener: LookListener): void {
    const processOf = this.#processes.reader(snapshot);
    for (const [sockets, tables] of tablesByCoverage(snapshot)) {
      try {
        const table = this.#decoder.decodeSnapshot({ ...snapshot, tables, processes: [] });
        const tracker = this.#trackers.get(sockets) ?? this.#newTracker(sockets, tables[0]!);
        const changes = tracker.look({ number, table, processOf });
        listener.onChanges(changes, tracker.rowsByState);
      } catch (error) {
        listener.onError(error);
      }
    }
  }

  /** Whether a snapshot had all sockets that any before it had. */
  haveAllLookedAt(number: number): boolean {
    return [...this.#trackers.values()].every(({ last }) => last === number);
  }

  /** Ends the spans of what is still there: nothing can be looked at afterwards. */
  finish(): Coverage[] {
    const trackers = [...this.#trackers.values()];
    for (let connection = 0; connection < this.log.keys.count; connection++) {
      trackers[this.log.coverageOf(connection)]!.finish(connection);
    }
    return this.#kinds.map((kind, i): Coverage => {
      const { first, last, looks } = trackers[i]!;
      return { ...kind, first, last, snapshots: looks };
    });
  }

  free(): void {
    for (const tracker of this.#trackers.values()) tracker.free();
  }

  #newTracker(sockets: string, { class: name, scope }: RawTable): Tracker {
    const { protocol, family } = layoutOfRaw(name);
    const coverage = this.#kinds.push({ protocol, family, scope }) - 1;
    const tracker = new Tracker(this.log, this.owners, coverage, family);
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
