import { equalBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import type { ByteSource } from './byteSource.js';
import {
  parseDeltaPayload,
  patchMetadata,
  patchTables,
  withColumns,
  type DeltaPayload,
  type RestoredBase,
} from './deltaPayload.js';
import { FRAME_TYPES } from './frame.js';
import type { Frame, FrameList } from './frameList.js';
import { checkMetadata, checkStoredTables, type SnapshotMetadata } from './metadata.js';
import type { Primitives } from './primitives.js';
import { RecentBases } from './recentBases.js';
import { readKeyframe } from './snapshotPayload.js';
import type { StoredSnapshot } from './storedSnapshot.js';
import { takeNew, type TableMemory, type TakeBytes } from './tableMemory.js';

/** What may be kept of the deltas on the way down to a keyframe: more than of any that is written. */
const MAX_KEPT_BYTES = 16 << 20;

/** A delta in the way from a snapshot down to its keyframe. */
interface Step {
  readonly frame: Frame;
  /** undefined where it was too large to keep: it is read again. */
  readonly delta: DeltaPayload | undefined;
}

/** A snapshot as its delta and its base make it. */
interface Restored<Metadata extends RestoredBase['metadata']> extends RestoredBase {
  readonly metadata: Metadata;
  readonly isChained: boolean;
}

/**
 * Reads snapshots from their frames. A delta is made from its base, which may be one too: all down to a keyframe are read, but for those that
 * were read not long ago, so reading forward reads every frame once.
 */
export class SnapshotReader {
  readonly #source: ByteSource;
  readonly #frames: FrameList;
  readonly #primitives: Primitives;
  readonly #take: TakeBytes;
  readonly #recent: RecentBases;

  /** @param memory what tables are restored into, where that is used again */
  constructor(source: ByteSource, frames: FrameList, primitives: Primitives, memory?: TableMemory) {
    this.#source = source;
    this.#frames = frames;
    this.#primitives = primitives;
    this.#take = memory?.take ?? takeNew;
    this.#recent = new RecentBases(memory);
  }

  /** What digests are made with. */
  get sha256(): Primitives['sha256'] {
    return this.#primitives.sha256;
  }

  /**
   * @param payload of the frame, where it has been read already
   * @throws SnapshotError `damaged`, `bad-metadata`, `unknown-encoding`
   */
  async read(frame: Frame, payload?: Uint8Array<ArrayBuffer>): Promise<StoredSnapshot> {
    const bytes = payload ?? (await this.#payload(frame));
    if (frame.type === FRAME_TYPES.snapshot) return this.#readKeyframe(frame, bytes);
    return this.#readDelta(frame, bytes);
  }

  async #readKeyframe(frame: Frame, payload: Uint8Array<ArrayBuffer>): Promise<StoredSnapshot> {
    const stored = await readKeyframe(payload, frame.payloadOffset, this.sha256);
    if (!this.#frames.hasDeltas || !stored.isChained) return stored;
    const { metadata } = stored;
    this.#recent.add(frame.offset, {
      metadata,
      tables: metadata.tables.map((_, i) => tableOrReason(stored, i)),
    });
    return stored;
  }

  async #readDelta(frame: Frame, payload: Uint8Array<ArrayBuffer>): Promise<StoredSnapshot> {
    const own = await this.#parse(frame, payload);
    const steps: Step[] = [];
    let base: RestoredBase | undefined;
    let kept = 0;
    for (let at = frame; base === undefined;) {
      const delta = at === frame ? own : await this.#parse(at, await this.#payload(at));
      if (at !== frame) {
        kept += delta.changesBytes.length + delta.stored.length;
        steps.push({ frame: at, delta: kept <= MAX_KEPT_BYTES ? delta : undefined });
      }
      const below = this.#baseFrame(at, delta);
      base = this.#recent.get(below.offset);
      if (base === undefined && below.type === FRAME_TYPES.snapshot) base = await this.#keyframe(below);
      at = below;
    }
    for (const step of steps.reverse()) {
      const delta = step.delta ?? (await this.#parse(step.frame, await this.#payload(step.frame)));
      const restored: Restored<RestoredBase['metadata']> = await this.#apply(
        step.frame,
        delta,
        base,
        checkStoredTables,
      );
      if (!restored.isChained) throw damagedBase(step.frame);
      base = restored;
    }
    return this.#stored(frame, own, await this.#apply(frame, own, base, checkSharedMetadata));
  }

  #parse(frame: Frame, payload: Uint8Array<ArrayBuffer>): Promise<DeltaPayload> {
    return parseDeltaPayload(this.#primitives, payload, frame.payloadOffset);
  }

  /** Each step goes towards the start of the file, so they end. */
  #baseFrame({ offset, number }: Frame, { base }: DeltaPayload): Frame {
    const frame = this.#frames.snapshotBefore(offset, base);
    if (frame !== undefined) return frame;
    const message = `frame ${number} is made from frame ${base}, which is missing: it cannot be restored`;
    throw new SnapshotError('damaged', message, { offset });
  }

  async #keyframe(frame: Frame): Promise<RestoredBase> {
    const { isChained } = await this.#readKeyframe(frame, await this.#payload(frame));
    const base = this.#recent.get(frame.offset);
    if (!isChained || base === undefined) throw damagedBase(frame);
    return base;
  }

  /** @param check what the metadata has to be */
  async #apply<Metadata extends RestoredBase['metadata']>(
    frame: Frame,
    delta: DeltaPayload,
    base: RestoredBase,
    check: (metadata: Record<string, unknown>, fileOffset: number) => Metadata,
  ): Promise<Restored<Metadata>> {
    const { payloadOffset } = frame;
    const patched = check(patchMetadata(delta, base, payloadOffset), payloadOffset);
    const digests = patched.tables.map((table) => table.sha256);
    const chain = await this.sha256(delta.previousChain, delta.changesBytes, ...digests);
    const isChained = equalBytes(chain, delta.chain);
    // What nobody vouches for is not followed.
    if (!isChained) return { metadata: patched, tables: [], isChained };
    const tables = patchTables(delta, patched.tables, base, payloadOffset, this.#take);
    const metadata = withColumns(delta, patched, base, payloadOffset, this.#take);
    const restored = { metadata, tables, isChained };
    this.#recent.add(frame.offset, restored);
    return restored;
  }

  #stored(
    { payloadOffset: offset }: Frame,
    { previousChain, chain, stray }: DeltaPayload,
    { metadata, tables, isChained }: Restored<SnapshotMetadata>,
  ): StoredSnapshot {
    return {
      previousChain,
      chain,
      metadata,
      isChained,
      stray: stray === undefined ? undefined : offset + stray,
      table(index) {
        const table = tables[index]!;
        if (table instanceof SnapshotError) throw table;
        return { bytes: table, offset };
      },
    };
  }

  #payload({ payloadOffset, payloadLength }: Frame): Promise<Uint8Array<ArrayBuffer>> {
    return this.#source.read(payloadOffset, payloadLength);
  }
}

function checkSharedMetadata(metadata: Record<string, unknown>, fileOffset: number): SnapshotMetadata {
  return checkMetadata(metadata, fileOffset, true);
}

function tableOrReason(stored: StoredSnapshot, index: number): Uint8Array | SnapshotError {
  try {
    return stored.table(index).bytes;
  } catch (error) {
    if (error instanceof SnapshotError) return error;
    throw error;
  }
}

function damagedBase(frame: Frame): SnapshotError {
  const message = `frame ${frame.number}, which it is made from, is damaged: it cannot be restored`;
  return new SnapshotError('damaged', message, { offset: frame.payloadOffset });
}
