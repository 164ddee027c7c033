import { SnapshotError } from '../errors.js';
import type { RawTable, Snapshot } from '../snapshot.js';
import { toByteSource, type ByteSource, type SnapshotSource } from './byteSource.js';
import { FRAME_TYPES } from './frame.js';
import { scanFile, type FileScan, type Frame } from './scan.js';
import { chainMatches, parseSnapshotPayload, restoreTable } from './snapshotPayload.js';

/**
 * An open snapshot file. Snapshots are read when they are asked for, and compared with their digests then; what was
 * found wrong while opening is in `problems`, and what can still be read, can be read.
 */
export class SnapshotFile {
  /** Damage found while opening: each with its offset in the file. */
  readonly problems: readonly SnapshotError[];
  /** Everything that the scan found, for those who check the file itself. */
  readonly scan: FileScan;
  readonly source: ByteSource;
  readonly #frames: readonly Frame[];

  /** Use openSnapshots. */
  constructor(source: ByteSource, scan: FileScan) {
    this.source = source;
    this.scan = scan;
    this.problems = scan.problems;
    this.#frames = scan.frames.filter((frame) => frame.type === FRAME_TYPES.snapshot);
  }

  /** How many snapshots the file holds whole, damaged ones included. */
  get count(): number {
    return this.#frames.length;
  }

  /**
   * Snapshot `number`, from 0; negative numbers count from the end: −1 is the last.
   *
   * @throws SnapshotError `no-such-snapshot`, `damaged`, `bad-metadata`, `unknown-encoding`
   */
  async at(number: number): Promise<Snapshot> {
    const frame = this.#frames.at(number);
    if (frame === undefined || !Number.isInteger(number)) throw this.#noSuchSnapshot(number);
    const bytes = await this.source.read(frame.payloadOffset, frame.payloadLength);
    const payload = parseSnapshotPayload(bytes, frame.payloadOffset);
    if (!(await chainMatches(payload))) {
      const message = `the metadata of snapshot ${this.#frames.indexOf(frame)} is damaged: its chain value does not match`;
      throw new SnapshotError('damaged', message, { offset: frame.payloadOffset });
    }
    const tables = payload.metadata.tables.map(async (table, i): Promise<RawTable> => {
      const { encoding: _, length: __, storedLength: ___, sha256: ____, ...description } = table;
      return { ...description, bytes: await restoreTable(payload, i, frame.payloadOffset) };
    });
    return { ...payload.metadata, tables: await Promise.all(tables) };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Snapshot> {
    for (let number = 0; number < this.count; number++) yield this.at(number);
  }

  async close(): Promise<void> {
    await this.source.close();
  }

  #noSuchSnapshot(number: number): SnapshotError {
    const [problem] = this.problems;
    // A file without a single snapshot: what is wrong with it says more than the number does.
    if (this.count === 0 && problem !== undefined) return problem;
    const range = this.count === 1 ? 'one, number 0' : `${this.count}, numbers 0 to ${this.count - 1}`;
    const held = this.count === 0 ? 'none' : range;
    return new SnapshotError('no-such-snapshot', `no snapshot ${number}: the file holds ${held}`);
  }
}

/**
 * Opens a snapshot file given as bytes, as a Blob or File, or as anything that can read ranges of it.
 *
 * @throws SnapshotError `not-a-snapshot`, `text-mode-damage`, `truncated`, `newer-version`
 */
export async function openSnapshots(source: SnapshotSource): Promise<SnapshotFile> {
  const bytes = toByteSource(source);
  return new SnapshotFile(bytes, await scanFile(bytes));
}
