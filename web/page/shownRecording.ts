import type { RecordingSeries, SnapshotKey } from '../protocol.js';
import { WorkerStopped, type WorkerClient } from './client.js';
import type { Files } from './files.js';
import { LaneView, MAX_LANES } from './laneView.js';
import type { Notices } from './notices.js';
import { problemOf, UNASKED_BYTES } from './opening.js';
import { clampRange, type SnapshotRange } from './snapshotRange.js';
import { TimelinePanel } from './timelinePanel.js';

interface RecordingListener {
  onSnapshot(key: SnapshotKey): Promise<unknown>;
  onCompare(now: SnapshotKey, before: SnapshotKey): void;
  onRange(range: SnapshotRange | undefined): void;
  /** The timeline of the file shown is there: more is known of its connections now. */
  onRead(): void;
}

/** The timeline of the recording that the snapshot shown is of, read in the background. */
export class ShownRecording {
  readonly lanes = new LaneView();
  readonly panel: TimelinePanel;
  readonly #client: WorkerClient;
  readonly #files: Files;
  readonly #notices: Notices;
  readonly #listener: RecordingListener;
  /** By file: undefined where somebody did not want to wait. */
  readonly #recordings = new Map<number, RecordingSeries | undefined>();
  #reading = new Map<number, Promise<void>>();
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
      onRead: () => void this.#read(this.#file!),
    });
  }

  /** Of the file shown. */
  get series(): RecordingSeries | undefined {
    return this.#file === undefined ? undefined : this.#recordings.get(this.#file);
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
    if (this.series === undefined || count < 1) return this.lanes.show([], 0, undefined);
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
    this.#recordings.clear();
    for (const file of this.#reading.keys()) this.#recordings.set(file, undefined);
    this.#showFile();
  }

  /** A recording's timeline, when it is first shown; of one that is large, when somebody asks for it. */
  #readOnce(file: number): void {
    const { snapshotCount = 0, size = 0 } = this.#files.get(file)?.summary ?? {};
    if (snapshotCount < 2 || this.#recordings.has(file) || this.#reading.has(file)) return;
    if (size <= UNASKED_BYTES) void this.#read(file);
    else {
      this.#recordings.set(file, undefined);
      this.#showFile();
    }
  }

  async #read(file: number): Promise<void> {
    const work = this.#readTimeline(file);
    this.#reading.set(file, work);
    await work;
    this.#reading.delete(file);
  }

  async #readTimeline(file: number): Promise<void> {
    const name = this.#files.get(file)?.toOpen.name ?? 'the recording';
    try {
      const call = this.#client.call('timeline', file);
      const recording = await this.#notices.during(`Reading the timeline of ${name}`, call);
      this.#recordings.set(file, recording);
    } catch (error) {
      if (!(error instanceof WorkerStopped) && this.#file === file)
        this.#notices.tell(problemOf(error).message);
    }
    if (this.#file !== file) return;
    this.#showFile();
    if (this.series !== undefined) this.#listener.onRead();
  }

  #showFile(): void {
    const { series } = this;
    if (series === undefined && this.#file !== undefined && this.#recordings.has(this.#file))
      this.panel.showUnread();
    else this.panel.show(series);
    if (series === undefined) this.lanes.show([], 0, undefined);
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
