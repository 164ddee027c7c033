import { equalBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import type { ByteSource } from './byteSource.js';
import {
  parseDeltaPayload,
  patchMetadata,
  patchTables,
  type Base,
  type DeltaPayload,
} from './deltaPayload.js';
import { FRAME_TYPES } from './frame.js';
import { checkMetadata } from './metadata.js';
import type { Primitives } from './primitives.js';
import { RecentBases } from './recentBases.js';
import { isSnapshotFrame, type Frame } from './scan.js';
import { sha256 } from './sha256.js';
import { readKeyframe } from './snapshotPayload.js';
import type { StoredSnapshot } from './storedSnapshot.js';

/** A delta in the way from a snapshot down to its keyframe. */
interface Step {
  readonly frame: Frame;
  readonly delta: DeltaPayload;
}

/**
 * Reads snapshots from their frames. A delta is made from its base, which may be one too: all down to a keyframe are read, but for those that
 * were read not long ago, so reading forward reads every frame once.
 */
export class SnapshotReader {
  readonly #source: ByteSource;
  readonly #frames: readonly Frame[];
  readonly #primitives: Primitives;
  readonly #recent = new RecentBases();
  #hasDeltas = false;

  constructor(source: ByteSource, frames: readonly Frame[], primitives: Primitives) {
    this.#source = source;
    this.#frames = frames;
    this.#primitives = primitives;
  }

  /** What digests are made with: for a single snapshot it would not be worth while to load the host's own. */
  get sha256(): Primitives['sha256'] {
    return this.#hasDeltas ? this.#primitives.sha256 : sha256;
  }

  /**
   * @param payload of the frame, where it has been read already
   * @throws SnapshotError `damaged`, `bad-metadata`, `unknown-encoding`
   */
  async read(frame: Frame, payload?: Uint8Array<ArrayBuffer>): Promise<StoredSnapshot> {
    const bytes = payload ?? (await this.#payload(frame));
    if (frame.type === FRAME_TYPES.snapshot) return readKeyframe(bytes, frame.payloadOffset, this.sha256);
    return this.#readDelta(frame, bytes);
  }

  async #readDelta(frame: Frame, payload: Uint8Array<ArrayBuffer>): Promise<StoredSnapshot> {
    const steps: Step[] = [];
    let base: Base | undefined;
    for (let at = frame; base === undefined;) {
      const delta = await this.#parse(at, at === frame ? payload : await this.#payload(at));
      steps.push({ frame: at, delta });
      const below = this.#baseFrame(at, delta);
      base = this.#recent.get(below.offset);
      if (base === undefined && below.type === FRAME_TYPES.snapshot) base = await this.#keyframe(below);
      at = below;
    }
    for (const step of steps.splice(1).reverse()) base = this.#trusted(step, await this.#apply(step, base));
    const restored = await this.#apply(steps[0]!, base);
    if (restored.isChained) this.#recent.add(frame.offset, restored);
    return this.#stored(steps[0]!, restored);
  }

  #parse(frame: Frame, payload: Uint8Array<ArrayBuffer>): Promise<DeltaPayload> {
    this.#hasDeltas = true;
    return parseDeltaPayload(this.#primitives, payload, frame.payloadOffset);
  }

  /** The nearest frame before with the number of the base. Each step goes towards the start of the file, so they end. */
  #baseFrame(frame: Frame, delta: DeltaPayload): Frame {
    for (let place = this.#placeOf(frame) - 1; place >= 0; place--) {
      const candidate = this.#frames[place]!;
      if (candidate.number === delta.base && isSnapshotFrame(candidate)) return candidate;
    }
    const message = `frame ${frame.number} is made from frame ${delta.base}, which is missing: it cannot be restored`;
    throw new SnapshotError('damaged', message, { offset: frame.offset });
  }

  /** Frames stand in the order of their offsets. */
  #placeOf({ offset }: Frame): number {
    let [low, high] = [0, this.#frames.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#frames[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #keyframe(frame: Frame): Promise<Base> {
    const stored = await readKeyframe(await this.#payload(frame), frame.payloadOffset, this.sha256);
    if (!stored.isChained) throw damagedBase(frame);
    const base = {
      metadata: stored.metadata,
      tables: stored.metadata.tables.map((_, i) => stored.table(i).bytes),
    };
    this.#recent.add(frame.offset, base);
    return base;
  }

  async #apply({ frame, delta }: Step, base: Base): Promise<Base & { isChained: boolean }> {
    const { payloadOffset } = frame;
    const metadata = checkMetadata(patchMetadata(delta, base, payloadOffset), payloadOffset);
    const digests = metadata.tables.map((table) => table.sha256);
    const chain = await this.sha256(delta.previousChain, delta.changesBytes, ...digests);
    const isChained = equalBytes(chain, delta.chain);
    // What nobody vouches for is not followed.
    const tables = isChained ? patchTables(delta, metadata.tables, base, payloadOffset) : [];
    return { metadata, tables, isChained };
  }

  #trusted({ frame }: Step, restored: Base & { isChained: boolean }): Base {
    if (!restored.isChained) throw damagedBase(frame);
    this.#recent.add(frame.offset, restored);
    return restored;
  }

  #stored(
    { frame, delta }: Step,
    { metadata, tables, isChained }: Base & { isChained: boolean },
  ): StoredSnapshot {
    const { previousChain, chain, stray } = delta;
    const offset = frame.payloadOffset;
    return {
      previousChain,
      chain,
      metadata,
      isChained,
      stray: stray === undefined ? undefined : offset + stray,
      // Copies: what stands here is the base of what is read next.
      table: (index) => ({ bytes: tables[index]!.slice(), offset }),
    };
  }

  #payload({ payloadOffset, payloadLength }: Frame): Promise<Uint8Array<ArrayBuffer>> {
    return this.#source.read(payloadOffset, payloadLength);
  }
}

function damagedBase(frame: Frame): SnapshotError {
  const message = `frame ${frame.number}, which it is made from, is damaged: it cannot be restored`;
  return new SnapshotError('damaged', message, { offset: frame.payloadOffset });
}
