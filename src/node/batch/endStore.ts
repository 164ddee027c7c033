import { openSync, closeSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { EndCounts } from '../../core/dataset/counts/endCounts.js';
import { EndRun } from '../../core/dataset/counts/endRun.js';
import type { Decoder } from '../../core/index.js';
import { COUNTS_EXTENSION, writeCounts } from './countStore.js';

/** Counts of ports and addresses: what does not fit into memory is spilled as runs. */
export class EndStore {
  readonly counts: EndCounts;
  #name = '';
  #files: string[] = [];

  constructor(folder: string, decoder: Decoder, seed: number) {
    this.counts = new EndCounts(decoder, seed, (run) => {
      const file = `${this.#name}-ends${this.#files.length}${COUNTS_EXTENSION}`;
      this.#files.push(file);
      writeCounts(join(folder, file), run);
    });
  }

  /**
   * Forgets what was counted before.
   *
   * @param name what the names of its files begin with from now on
   */
  begin(name: string): void {
    this.counts.clear();
    this.#name = name;
    this.#files = [];
  }

  /** Names of the runs that have been begun. */
  get files(): readonly string[] {
    return this.#files;
  }

  /** Writes the rest. Returns the names of all runs, which are on the disk then. */
  finish(): readonly string[] {
    this.counts.finish();
    return this.#files;
  }
}

const WORD_BYTES = 4;

/** A run that stands in a file, which is open only while it is read. */
export function openEndRun(path: string): EndRun {
  return new EndRun((first, words) => {
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    const file = openSync(path, 'r');
    try {
      for (let at = 0; at < bytes.length;) {
        const read = readSync(file, bytes, at, bytes.length - at, first * WORD_BYTES + at);
        if (read === 0) throw new Error(`${path} ends before its counts do`);
        at += read;
      }
    } finally {
      closeSync(file);
    }
    return words;
  });
}
