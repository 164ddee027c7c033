import type {
  Connection,
  Decoder,
  SnapshotInfo,
  Table,
  Timeline,
  TimelineConnection,
} from '../../src/core/index.js';
import { SnapshotError } from '../../src/core/index.js';
import { decodedSnapshot, type DecodedSnapshot } from '../../src/core/file/decodeStored.js';
import { enginePrimitives } from '../../src/core/file/enginePrimitives.js';
import type { Primitives } from '../../src/core/file/primitives.js';
import { findingsIn } from '../../src/core/findings/findings.js';
import { wholeRows } from '../../src/core/wholeRows.js';
import { describeSnapshot } from '../../src/core/text/snapshotJson.js';
import type * as protocol from '../protocol.js';
import { openSource } from './byteSources.js';
import { detailsOf } from './details.js';
import { countFacet, countValues, nextTask } from './facets.js';
import { openFile, problemOf, type OpenFile } from './openFile.js';
import { historyOf, readStoredTimeline, readTimeline, seriesOf } from './recording.js';
import { RowOrder } from './rowOrder.js';
import { rowsAsText } from './rowsAsText.js';
import { View } from './view.js';

/** A snapshot that is being shown. */
export interface Loaded extends DecodedSnapshot {
  readonly key: protocol.SnapshotKey;
  readonly fileName: string;
  readonly snapshot: SnapshotInfo;
  readonly table: Table;
  readonly order: RowOrder;
  /** What is wrong with it, or missing. */
  readonly problems: readonly SnapshotError[];
  /** Whether its rows are shown before its digests have been computed. */
  readonly isInCheck: boolean;
}

/** Of tables that are no larger, digests are computed in no time that anybody would notice. */
const MAX_AWAITED_BYTES = 4 << 20;

/** What the page asks for, answered: the open files, and one view of one or two snapshots. */
export class Session implements protocol.WorkerApi {
  readonly #decoder: Decoder;
  readonly #version: string;
  readonly #primitives: Primitives;
  readonly #onProgress: (progress: protocol.Progress) => void;
  readonly #files = new Map<number, OpenFile>();
  /** Snapshots that had been shown before their digests were found wrong: rejected promises, so whoever waits for one is told why. */
  readonly #refused = new Map<string, Promise<void>>();
  readonly #recordings = new Map<number, Timeline>();
  /** Ends the reading of a timeline. */
  readonly #reading = new Map<number, AbortController>();
  #view: View | undefined;
  /** The last call of `show`: one that is overtaken by another throws its table away. */
  #showing = 0;

  constructor(decoder: Decoder, version: string, onProgress: (progress: protocol.Progress) => void) {
    this.#decoder = decoder;
    this.#version = version;
    this.#primitives = enginePrimitives(decoder, nextTask);
    this.#onProgress = onProgress;
  }

  async open(file: protocol.FileToOpen): Promise<protocol.FileSummary> {
    const source = openSource(file.source, (done, total) => this.#onProgress({ file: file.id, done, total }));
    const opened = await openFile(file, source, this.#version, this.#primitives);
    this.#files.set(file.id, opened);
    const { name, count, cutAt, problems } = opened;
    return {
      id: file.id,
      name,
      size: source.size,
      snapshotCount: count,
      cutAt,
      problems: problems.map(problemOf),
    };
  }

  async close(file: number): Promise<void> {
    this.#files.delete(file);
    this.#recordings.delete(file);
    this.#reading.get(file)?.abort(new SnapshotError('no-such-snapshot', 'the file was closed'));
  }

  async storedTimeline(file: number): Promise<protocol.RecordingSeries | undefined> {
    return readStoredTimeline(this.#file(file), this.#decoder);
  }

  async timeline(file: number): Promise<protocol.RecordingSeries> {
    const abort = new AbortController();
    this.#reading.set(file, abort);
    const opened = this.#file(file);
    const onProgress = (done: number): void => this.#onProgress({ file, done, total: opened.count });
    try {
      const recording = await readTimeline(opened, this.#decoder, onProgress, abort.signal);
      this.#recordings.set(file, recording);
      return seriesOf(recording);
    } finally {
      this.#reading.delete(file);
    }
  }

  async lanes(first: number, count: number): Promise<protocol.Lane[]> {
    const view = this.#shown();
    return view.rows(first, count).map((row) => {
      const { connection } = row;
      return { connection, history: this.#historyOf(view.loadedOf(row).key.file, connection) };
    });
  }

  async verify(file: number): Promise<protocol.Verification> {
    return this.#file(file).verify();
  }

  async show({ key, before, follow, salvage }: protocol.ShowRequest): Promise<protocol.Shown> {
    const call = ++this.#showing;
    const loaded: Loaded[] = [];
    try {
      for (const wanted of before === undefined ? [key] : [key, before])
        loaded.push(await this.#load(wanted, salvage));
      if (call !== this.#showing) throw new SnapshotError('no-such-snapshot', OVERTAKEN);
      const [now, earlier] = loaded as [Loaded, Loaded?];
      const view = new View(now, earlier);
      this.#view?.free();
      this.#view = view;
      return {
        snapshot: summaryOf(now),
        ...(earlier && { before: summaryOf(earlier), changes: view.changeCounts() }),
        problems: loaded.flatMap(({ problems }) => problems.map(problemOf)),
        isInCheck: loaded.some(({ isInCheck }) => isInCheck),
        follow: follow && view.find(follow),
      };
    } catch (error) {
      for (const { table } of loaded) table.free();
      throw error;
    }
  }

  async checked(): Promise<void> {
    for (const { key, check } of this.#shown().sides) {
      try {
        await check();
      } catch (error) {
        this.#refused.set(nameOf(key), check());
        throw error;
      }
    }
  }

  async query(query: protocol.Query): Promise<protocol.QueryResult> {
    const view = this.#shown();
    const result = view.query(query);
    void this.#finishOrder(view);
    return result;
  }

  async rows(first: number, count: number): Promise<protocol.Row[]> {
    return this.#shown().rows(first, count);
  }

  async facet(by: string, limit: number): Promise<protocol.FacetValue[]> {
    // Counting can wait: what was asked for meanwhile goes first.
    await nextTask();
    return countFacet(this.#shown(), by, limit);
  }

  async values(field: string, limit: number): Promise<protocol.FacetValue[]> {
    return countValues(this.#shown(), field, limit);
  }

  async findings(limit: number): Promise<protocol.Findings> {
    // So can these.
    await nextTask();
    const { table, snapshot } = this.#shown().now;
    const found = findingsIn(table, snapshot);
    const shown = found.slice(0, limit).map((finding): protocol.ShownFinding => {
      const { where } = finding;
      return where === undefined ? finding : { ...finding, rowCount: table.select(where).length };
    });
    return { shown, total: found.length };
  }

  async details(place: number): Promise<protocol.Details> {
    const view = this.#shown();
    const details = await detailsOf(view, place);
    const history = this.#historyOf(view.loadedOf(details).key.file, details.now.connection);
    return { ...details, history };
  }

  async text(format: protocol.TextFormat): Promise<Blob> {
    // Nothing becomes a file before it has been found right; by then another snapshot may be shown, whose rows are not those that were meant.
    const view = this.#shown();
    await this.checked();
    if (view !== this.#view) throw new SnapshotError('no-such-snapshot', OVERTAKEN);
    return rowsAsText(view, format);
  }

  /** The first rows are on their way to the screen; whoever scrolls needs the others. */
  async #finishOrder(view: View): Promise<void> {
    await nextTask();
    try {
      if (view === this.#view) view.finishOrder();
    } catch {
      // Whoever asks for them is told why they cannot be had.
    }
  }

  #historyOf(file: number, connection: Connection): TimelineConnection | undefined {
    const recording = this.#recordings.get(file);
    return recording && historyOf(recording, connection);
  }

  async #load(key: protocol.SnapshotKey, salvage: boolean): Promise<Loaded> {
    const file = this.#file(key.file);
    try {
      return await this.#loadWhole(key, file);
    } catch (error) {
      if (!salvage || !(error instanceof SnapshotError)) throw error;
      const { snapshot, problems } = await file.salvage(key.number);
      const whole = snapshot.tables.map(wholeRows);
      const tables = whole.map(({ table }) => table);
      const missing = whole.flatMap(({ problem }) => problem ?? []);
      const left = decodedSnapshot({ ...snapshot, tables }, this.#decoder);
      return this.#loaded(left, key, false, [...problems, ...missing]);
    }
  }

  /** Decodes before the digests are there. Those of large tables are computed when the rows are on the screen. */
  async #loadWhole(key: protocol.SnapshotKey, file: OpenFile): Promise<Loaded> {
    await this.#refused.get(nameOf(key));
    const decoded = await file.decode(key.number, this.#decoder);
    const isInCheck = decoded.snapshot.tables.some(({ bytes }) => bytes.length > MAX_AWAITED_BYTES);
    try {
      if (!isInCheck) await decoded.check();
    } catch (error) {
      decoded.table.free();
      throw error;
    }
    return this.#loaded(decoded, key, isInCheck, []);
  }

  #loaded(
    decoded: DecodedSnapshot,
    key: protocol.SnapshotKey,
    isInCheck: boolean,
    problems: readonly SnapshotError[],
  ): Loaded {
    const fileName = this.#file(key.file).name;
    return { ...decoded, key, fileName, order: new RowOrder(decoded.table), isInCheck, problems };
  }

  #file(id: number): OpenFile {
    const file = this.#files.get(id);
    if (file === undefined) throw new SnapshotError('no-such-snapshot', 'this file is not open');
    return file;
  }

  #shown(): View {
    if (this.#view === undefined) throw new SnapshotError('no-such-snapshot', 'no snapshot is shown');
    return this.#view;
  }
}

/** The page has asked for something else, so nobody sees it but who was waiting for an export. */
const OVERTAKEN = 'another snapshot was asked for meanwhile';

function nameOf({ file, number }: protocol.SnapshotKey): string {
  return `${file}/${number}`;
}

function summaryOf({ key, fileName, snapshot, table }: Loaded): protocol.SnapshotSummary {
  return {
    key,
    rowCount: table.rowCount,
    description: describeSnapshot(snapshot, { file: fileName, number: key.number }),
    utcMicroseconds: snapshot.time?.utcMicroseconds,
    hostName: snapshot.host?.name,
    undecoded: table.undecoded,
  };
}
