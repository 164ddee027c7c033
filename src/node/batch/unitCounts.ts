import type { ChunkCounts } from '../../core/dataset/counts/countChunk.js';
import { ListenerCounts } from '../../core/dataset/counts/listenerCounts.js';
import type { Decoder } from '../../core/index.js';
import { CountStore } from './countStore.js';
import { EndStore } from './endStore.js';

/**
 * What a unit counts, and the files that it goes to. One for all units that a thread does, one after another: most of what is counted into are
 * megabytes, and memory that the system gives anew takes longer to touch than to count into.
 */
export class UnitCounts implements ChunkCounts {
  readonly listeners: ListenerCounts;
  readonly #folder: string;
  readonly #endStore: EndStore;
  #store: CountStore;

  constructor(folder: string, decoder: Decoder, seed: number) {
    this.#folder = folder;
    this.#store = new CountStore(folder, '');
    this.#endStore = new EndStore(folder, decoder, seed);
    this.listeners = new ListenerCounts(decoder, this.ends, this.add);
  }

  readonly add = (key: string, count: number): void => this.#store.add(key, count);

  get ends(): ChunkCounts['ends'] {
    return this.#endStore.counts;
  }

  /** Forgets what was counted before. */
  begin(unitId: string): void {
    this.#store = new CountStore(this.#folder, unitId);
    this.#endStore.begin(unitId);
    this.listeners.clear();
  }

  /** Names of the files that have been begun. */
  get files(): readonly string[] {
    return [...this.#store.files, ...this.#endStore.files];
  }

  /** Writes the rest. Returns the names of all files, which are on the disk then. */
  finish(): { readonly counts: readonly string[]; readonly ends: readonly string[] } {
    this.listeners.finish();
    return { counts: this.#store.finish(), ends: this.#endStore.finish() };
  }
}
