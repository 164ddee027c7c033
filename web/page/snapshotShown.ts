import type { Connection } from '../../src/core/index.js';
import type { Shown, ShowRequest, SnapshotKey } from '../protocol.js';
import { CallError, type WorkerClient } from './client.js';
import { shownCount, type Files } from './files.js';
import type { Notices } from './notices.js';
import type { Opening } from './opening.js';

/** Ways to begin again before the worker is left alone. */
const MAX_DEATHS = 3;

interface SnapshotListener {
  /** Another snapshot is shown, or none. */
  onShown(): Promise<void>;
  /** What to find again in other snapshots of the same file. */
  followed(): Connection | undefined;
}

/** Which snapshot is shown, and with which other one it is compared. */
export class SnapshotShown {
  readonly #client: WorkerClient;
  readonly #files: Files;
  readonly #opening: Opening;
  readonly #notices: Notices;
  readonly #listener: SnapshotListener;
  #shown: Shown | undefined;
  /** Why the last one could not be shown: something is wrong with it, of which more can be said. */
  #isDamaged = false;
  #deaths = 0;

  constructor(
    client: WorkerClient,
    files: Files,
    opening: Opening,
    notices: Notices,
    listener: SnapshotListener,
  ) {
    this.#client = client;
    this.#files = files;
    this.#opening = opening;
    this.#notices = notices;
    this.#listener = listener;
  }

  get current(): Shown | undefined {
    return this.#shown;
  }

  get key(): SnapshotKey | undefined {
    return this.#shown?.snapshot.key;
  }

  /** Whether the file ends inside it. */
  get isCut(): boolean {
    return this.#isCut(this.key);
  }

  /** The number that brings it back; none for the last one, which is shown anyway. */
  get number(): number | undefined {
    return this.key?.number === this.#count(this.key?.file) - 1 ? undefined : this.key?.number;
  }

  /**
   * Shows a snapshot, or what became of another one; of a damaged one what is left. Where there is nothing, what was shown before stays.
   */
  async show(key: SnapshotKey, before?: SnapshotKey): Promise<boolean> {
    const isCut = this.#isCut(key) || this.#isCut(before);
    if (await this.#show({ key, before, salvage: isCut })) return true;
    return this.#isDamaged && this.#show({ key, before, salvage: true });
  }

  /**
   * Shows a file's last whole snapshot, or the one that is wanted; where that is damaged, the last that is not; else what is left of one.
   */
  async showFile(file: number, wanted?: number): Promise<void> {
    const count = this.#count(file);
    const cut = { file, number: count };
    if (wanted === count && this.#isCut(cut) && (await this.show(cut))) return;
    const numbers = Array.from({ length: count }, (_, i) => count - 1 - i);
    if (wanted !== undefined && wanted < count) numbers.unshift(wanted);
    for (const salvage of [false, true]) {
      for (const number of numbers) {
        if (await this.#show({ key: { file, number }, salvage })) return;
      }
    }
    if (this.#isCut(cut)) await this.show(cut);
  }

  async #show(request: Omit<ShowRequest, 'follow'>): Promise<boolean> {
    const { file } = request.key;
    try {
      const label = `Reading ${this.#files.get(file)?.toOpen.name ?? 'the snapshot'}`;
      const follow = file === this.key?.file ? this.#listener.followed() : undefined;
      this.#shown = await this.#notices.during(label, this.#client.call('show', { ...request, follow }));
    } catch (error) {
      this.#isDamaged = error instanceof CallError && error.code !== 'not-comparable';
      if (error instanceof CallError && error.code === 'not-comparable') this.#notices.tell(error.message);
      else this.#opening.fail(file, error);
      return false;
    }
    for (const name of this.#shown.snapshot.undecoded) {
      this.#notices.tell(
        `The snapshot has a table of class "${name}", which this version cannot decode: its rows are missing.`,
      );
    }
    const shown = this.#shown;
    await this.#listener.onShown();
    if (shown.isInCheck) void this.#check(shown);
    return true;
  }

  /** Large tables are shown before their digests have been computed. Where these are wrong, they are shown as what is damaged. */
  async #check(shown: Shown): Promise<void> {
    try {
      await this.#client.call('checked');
    } catch (error) {
      if (!(error instanceof CallError) || shown !== this.#shown) return;
      await this.show(shown.snapshot.key, shown.before?.key);
    }
  }

  async showNothing(): Promise<void> {
    this.#shown = undefined;
    await this.#listener.onShown();
  }

  /** The snapshot before or after the one shown, in the same file. */
  async step(step: number): Promise<void> {
    if (this.key === undefined) return;
    const number = this.key.number + step;
    const file = this.#files.get(this.key.file);
    if (file !== undefined && number >= 0 && number < shownCount(file))
      await this.show({ ...this.key, number });
  }

  /** A file has been closed: something else is shown where it was that. */
  async leave(file: number): Promise<void> {
    if (this.key?.file !== file && this.#shown?.before?.key.file !== file) return;
    const other = this.#files.all.find(({ state }) => state === 'open');
    if (other === undefined) await this.showNothing();
    else await this.showFile(other.toOpen.id);
  }

  /** What the one shown is most often compared with: the snapshot before it, or that of another file. */
  usualBefore(): SnapshotKey | undefined {
    const { key } = this;
    if (key === undefined) return undefined;
    if (key.number > 0) return { ...key, number: key.number - 1 };
    const other = this.#files.all.find((file) => file.toOpen.id !== key.file && shownCount(file) > 0);
    if (other !== undefined) {
      const file = other.toOpen.id;
      return { file, number: Math.max(0, this.#count(file) - 1) };
    }
    return this.#count(key.file) > 1 ? { ...key, number: 1 } : undefined;
  }

  /** The worker died, and there is a new one. */
  async recover(reason: string): Promise<void> {
    this.#deaths++;
    if (this.#deaths > MAX_DEATHS) {
      this.#notices.tell(`The decoder stopped again (${reason}). Reload the page to start over.`);
      await this.showNothing();
      return;
    }
    this.#notices.tell(`The decoder stopped (${reason}) and was started again.`);
    await this.beginAgain();
  }

  /** A new worker knows nothing: it opens the files again, and shows what was shown. */
  async beginAgain(): Promise<void> {
    const shown = this.#shown;
    await this.#opening.reopen();
    if (shown !== undefined && !(await this.show(shown.snapshot.key, shown.before?.key)))
      await this.showNothing();
  }

  #isCut(key: SnapshotKey | undefined): boolean {
    const summary = key && this.#files.get(key.file)?.summary;
    return summary?.cutAt !== undefined && key!.number === summary.snapshotCount;
  }

  /** Of whole snapshots. */
  #count(file: number | undefined): number {
    return (file === undefined ? undefined : this.#files.get(file)?.summary?.snapshotCount) ?? 0;
  }
}
