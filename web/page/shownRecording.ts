import type { RecordingSeries, SnapshotKey } from '../protocol.js';
import { WorkerStopped, type WorkerClient } from './client.js';
import type { Files } from './files.js';
import { LaneView, MAX_LANES } from './laneView.js';
import type { Notices } from './notices.js';
import { problemOf, UNASKED_BYTES } from './opening.js';
import { sameSeries } from './sameSeries.js';
import { clampRange, type SnapshotRange } from './snapshotRange.js';
import { TimelinePanel, type ReadingStage } from './timelinePanel.js';

interface RecordingListener {
  onSnapshot(key: SnapshotKey): Promise<unknown>;
  onCompare(now: SnapshotKey, before: SnapshotKey): void;
  onRange(range: SnapshotRange | undefined): void;
  /** The timeline of the file shown is there: more is known of its connections now. */
  onRead(): void;
}

/** What is known of a recording's timeline. */
interface Known {
  /** At first those that the recording holds itself, if it does. */
  readonly series?: RecordingSeries | undefined;
  readonly stage: ReadingStage;
}

/** The timeline of the recording that the snapshot shown is of, read in the background. */
export class ShownRecording {
  readonly lanes = new LaneView();
  readonly panel: TimelinePanel;
  readonly #client: WorkerClient;
  readonly #files: Files;
  readonly #notices: Notices;
  readonly #listener: RecordingListener;
  readonly #known = new Map<number, Known>();
  readonly #reading = new Map<number, Promise<void>>();
  #file: number | undefined;
  #shown: SnapshotKey | undefined;
  #before: SnapshotKey | undefined;
  #range: SnapshotRange | undefined;
  /** Counts what was selected: lanes that come late are not shown. */
  #selections = 0;

  constructor(client: WorkerClient, files: Files, notices: Notices, listener: RecordingListener) {
    this.#client = client;
    this.#files = files;
    this.#notices = notices;
    this.#listener = listener;
    this.panel = new TimelinePanel({
      onSnapshot: (number) => listener.onSnapshot({ file: this.#file!, number }),
      onRange: (range) => listener.onRange(range),
      onCompare: ({ first, last }) => listener.onCompare(this.#key(last), this.#key(first)),
      onRead: () => void this.#begin(this.#file!, (file) => this.#read(file)),
    });
  }

  /** Of the file shown. */
  get series(): RecordingSeries | undefined {
    return this.#knownOfFile?.series;
  }

  get #knownOfFile(): Known | undefined {
    return this.#file === undefined ? undefined : this.#known.get(this.#file);
  }

  /** Resolves when no timeline is being read. */
  async settled(): Promise<void> {
    await Promise.all(this.#reading.values());
  }

  /** Another snapshot is shown, or none. */
  show(key: SnapshotKey | undefined, before: SnapshotKey | undefined): void {
    const isOther = key?.file !== this.#file;
    this.#file = key?.file;
    this.#shown = key;
    this.#before = before;
    if (isOther) this.#showFile();
    if (key === undefined) return;
    this.#mark();
    this.#readOnce(key.file);
  }

  setRange(range: SnapshotRange | undefined): void {
    this.#range = range;
    const shown = clampRange(range, this.series?.snapshots.count ?? 0);
    this.panel.setRange(shown);
    this.lanes.setRange(shown);
  }

  /** Shows what became of the selected rows. */
  async select(first: number, end: number): Promise<void> {
    const selection = ++this.#selections;
    const count = end - first;
    if (this.#knownOfFile?.stage !== 'read' || count < 1) return this.lanes.show([], 0, undefined);
    try {
      const lanes = await this.#client.call('lanes', first, Math.min(MAX_LANES, count));
      if (selection === this.#selections) this.lanes.show(lanes, count, this.series?.snapshots);
    } catch {
      // Another snapshot is being shown, or the worker was stopped: a selection follows.
    }
  }

  /**
   * The worker has ended: the new one has read no timeline. One that was being read may be why it ended, or somebody did not want to wait
   * for it: that is read when it is asked for.
   */
  restart(): void {
    for (const [file, { series, stage }] of this.#known) {
      if (stage === 'reading') this.#known.set(file, { series, stage: 'unread' });
      else if (stage === 'read') this.#known.delete(file);
    }
    this.#showFile();
  }

  /** A recording's timeline, when it is first shown; of one that is large, all of it when somebody asks for it. */
  #readOnce(file: number): void {
    const { snapshotCount = 0, size = 0 } = this.#files.get(file)?.summary ?? {};
    if (snapshotCount < 2 || this.#known.has(file) || this.#reading.has(file)) return;
    void this.#begin(file, async () => {
      this.#note(file, { stage: 'reading' });
      await this.#readStored(file);
      // The worker may have ended meanwhile.
      if (this.#known.get(file)?.stage !== 'reading') return;
      if (size <= UNASKED_BYTES) await this.#read(file);
      else this.#note(file, { stage: 'unread' });
    });
  }

  async #begin(file: number, read: (file: number) => Promise<void>): Promise<void> {
    const work = read(file);
    this.#reading.set(file, work);
    await work;
    this.#reading.delete(file);
  }

  async #readStored(file: number): Promise<void> {
    try {
      const series = await this.#client.call('storedTimeline', file);
      if (series === undefined) return;
      this.#note(file, { series, stage: 'reading' });
      await painted();
    } catch {
      // It is gone through all the same, and what is wrong is told then.
    }
  }

  async #read(file: number): Promise<void> {
    const name = this.#files.get(file)?.toOpen.name ?? 'the recording';
    this.#note(file, { stage: 'reading' });
    try {
      const call = this.#client.call('timeline', file);
      const found = await this.#notices.during(`Reading the timeline of ${name}`, call);
      const drawn = this.#known.get(file)?.series;
      // What is drawn stays, with the range that somebody is choosing in it.
      this.#note(file, { series: drawn && sameSeries(drawn, found) ? drawn : found, stage: 'read' });
    } catch (error) {
      if (error instanceof WorkerStopped) return;
      this.#note(file, { stage: 'unread' });
      if (this.#file === file) this.#notices.tell(problemOf(error).message);
      return;
    }
    if (this.#file === file) this.#listener.onRead();
  }

  #note(file: number, known: Known): void {
    const before = this.#known.get(file);
    const now = { ...before, ...known };
    this.#known.set(file, now);
    const isOther =
      now.series !== before?.series || (now.stage === 'unread') !== (before?.stage === 'unread');
    if (this.#file !== file) return;
    if (isOther) this.#showFile();
    else this.panel.setStage(now.stage);
  }

  #showFile(): void {
    const { series, stage } = this.#knownOfFile ?? {};
    this.panel.show(series, stage);
    if (stage !== 'read') this.lanes.show([], 0, undefined);
    this.setRange(this.#range);
    this.#mark();
  }

  #mark(): void {
    if (this.#shown === undefined) return;
    const { file, number } = this.#shown;
    this.panel.mark(number, this.#before?.file === file ? this.#before.number : undefined);
    this.lanes.mark(number);
  }

  #key(number: number): SnapshotKey {
    return { file: this.#file!, number };
  }
}

/** A page that nobody sees is not painted: then it is not waited for any longer. */
const MOST_PAINTING_MILLISECONDS = 1000;

/** What was changed is on the screen: work that is begun then does not delay it. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, MOST_PAINTING_MILLISECONDS);
  });
}
