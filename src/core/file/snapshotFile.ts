import { SnapshotError } from '../errors.js';
import type { Snapshot } from '../snapshot.js';
import { toByteSource, type ByteSource, type SnapshotSource } from './byteSource.js';
import { isSnapshotFrame } from './frameList.js';
import { FRAME_TRAILER_BYTES, FRAME_TYPES, hasRightChecksum } from './frame.js';
import { ForwardReader } from './forwardReader.js';
import { inOrder, type ReadSnapshot } from './inOrder.js';
import { decodeGap, type Gap } from './noteFrames.js';
import { WEB_PRIMITIVES, type Primitives } from './primitives.js';
import { readAhead } from './readAhead.js';
import { scanFile, type FileScan } from './scan.js';
import { SnapshotReader } from './snapshotReader.js';
import { snapshotInCheck, type SnapshotInCheck } from './storedSnapshot.js';
import { TableMemory } from './tableMemory.js';

/**
 * An open snapshot file. Snapshots are read when they are asked for, and compared with their digests then; what was
 * found wrong while opening is in `problems`, and what can still be read, can be read.
 */
export class SnapshotFile {
  /** Damage found while opening: each with its offset in the file. A recording that was closed properly is not looked through. */
  readonly problems: readonly SnapshotError[];
  /** Everything that was found, for those who check the file itself. */
  readonly scan: FileScan;
  readonly source: ByteSource;
  readonly reader: SnapshotReader;
  readonly primitives: Primitives;

  /** Use openSnapshots. */
  constructor(source: ByteSource, scan: FileScan, primitives: Primitives) {
    this.source = source;
    this.scan = scan;
    this.problems = scan.problems;
    this.primitives = primitives;
    this.reader = new SnapshotReader(source, scan.frames, primitives);
  }

  /** How many snapshots the file holds whole, damaged ones included. */
  get count(): number {
    return this.scan.frames.snapshotCount;
  }

  /**
   * Snapshot `number`, from 0; negative numbers count from the end: −1 is the last. What is read may share objects with other
   * snapshots of the file, but never the bytes of its tables.
   *
   * @throws SnapshotError `no-such-snapshot`, `damaged`, `bad-metadata`, `unknown-encoding`
   */
  async at(number: number): Promise<Snapshot> {
    const { snapshot, checked } = await this.begin(number);
    await checked;
    return this.scan.frames.hasDeltas ? withOwnBytes(snapshot) : snapshot;
  }

  /**
   * Snapshot `number` before its tables have been compared with their digests, which the host may do beside other work: for who decodes them
   * meanwhile, and waits for `checked` before anybody sees what came of it.
   *
   * @param reader what restores it
   * @throws SnapshotError as `at` does, but for tables that do not have their digest
   */
  async begin(number: number, reader = this.reader): Promise<SnapshotInCheck> {
    const frame = this.scan.frames.snapshot(number);
    if (frame === undefined) throw this.#noSuchSnapshot(number);
    const stored = await reader.read(frame);
    if (!stored.isChained) {
      const message = `the metadata of snapshot ${number < 0 ? this.count + number : number} is damaged: its chain value does not match`;
      throw new SnapshotError('damaged', message, { offset: frame.payloadOffset });
    }
    return snapshotInCheck(stored, reader);
  }

  /** All snapshots, or why one cannot be read; each is lent until the next one is asked for. */
  inOrder(): AsyncGenerator<ReadSnapshot, void> {
    const memory = new TableMemory();
    const reader = new SnapshotReader(this.source, this.scan.frames, this.primitives, memory);
    const forward = new ForwardReader(this, reader, memory);
    return inOrder(this.count, (number) => forward.begin(number));
  }

  /** When snapshot `number` was taken, where that can be told without reading it: in a recording that was closed. */
  knownTime(number: number): number | undefined {
    return this.scan.frames.snapshot(number)?.utcMicroseconds;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Snapshot> {
    for (let number = 0; number < this.count; number++) yield this.at(number);
  }

  /**
   * The moments of a recording at which no snapshot could be taken, each with the number of the snapshot that comes after it.
   * Those whose frames are damaged are left out: verifySnapshots tells of them.
   *
   * @throws SnapshotError `bad-metadata`
   */
  async readGaps(): Promise<readonly (Gap & { readonly before: number })[]> {
    const gaps: (Gap & { before: number })[] = [];
    let before = 0;
    for (const frame of this.scan.frames) {
      if (isSnapshotFrame(frame)) before++;
      if (frame.type !== FRAME_TYPES.gap) continue;
      const { payloadOffset, payloadLength } = frame;
      const bytes = await this.source.read(payloadOffset, payloadLength + FRAME_TRAILER_BYTES);
      if (!hasRightChecksum(bytes, payloadLength)) continue;
      gaps.push({ ...decodeGap(bytes.subarray(0, payloadLength), payloadOffset), before });
    }
    return gaps;
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

/** What a recording's next snapshots are made from, nobody else may have. */
function withOwnBytes(snapshot: Snapshot): Snapshot {
  return { ...snapshot, tables: snapshot.tables.map((table) => ({ ...table, bytes: table.bytes.slice() })) };
}

/**
 * Opens a snapshot file given as bytes, as a Blob or File, or as anything that can read ranges of it.
 *
 * @param primitives faster ones than the web's, for recordings
 * @throws SnapshotError `not-a-snapshot`, `text-mode-damage`, `truncated`, `newer-version`
 */
export async function openSnapshots(
  source: SnapshotSource,
  primitives: Primitives = WEB_PRIMITIVES,
): Promise<SnapshotFile> {
  const bytes = readAhead(toByteSource(source));
  return new SnapshotFile(bytes, await scanFile(bytes, primitives), primitives);
}
