import { concatBytes } from '../../bytes.js';
import type { Snapshot } from '../../snapshot.js';
import type { Base } from '../deltaPayload.js';
import { encodeSnapshotPayload, storedTables } from '../encodeSnapshotPayload.js';
import { encodeFrame, FRAME_TYPES } from '../frame.js';
import { encodeIndexPayload, encodeTrailerPayload } from '../indexFrame.js';
import { encodeMetadata, writtenMap } from '../messagePack/encode.js';
import type { Gap, Repair } from '../noteFrames.js';
import type { Primitives } from '../primitives.js';
import { CHAIN_AT, CHAIN_BYTES } from '../snapshotPayload.js';
import { countChange, pairTables, type TablePair } from './baseTables.js';
import { encodeDelta } from './delta.js';
import { addLastOwners } from './lastOwners.js';
import type { RecordingPosition } from './position.js';

/** A keyframe after so many snapshots. */
const KEYFRAME_INTERVAL = 256;
/**
 * Of those between, every 64th is made from the one 64 before it, of the others every 8th from the one 8 before, and the rest from the one just
 * before. So any snapshot is restored from at most 18 frames, from 9 or 10 on average, and damage to one frame costs, but for those that others
 * stride over, no more than 8 snapshots. More strides would need fewer frames, and larger ones.
 */
const STRIDES = [64, 8, 1] as const;
/** An index frame after so many frames: what a recording that was not closed has to be scanned for is never all of it. */
const INDEX_INTERVAL = 256;

/** A snapshot that later ones can be made from. */
interface KnownSnapshot {
  readonly base: Base;
  readonly frame: number;
}

/** A snapshot's frame, and how its rows differ from those of the snapshot before. */
export interface EncodedSnapshot {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Connections of the snapshot; how many of them are new, and how many are gone since. Of a first one, all are new. */
  readonly rows: number;
  readonly opened: number;
  readonly closed: number;
}

interface State extends RecordingPosition {
  readonly sinceKeyframe: number;
  /** For each of the strides the last snapshot that it led to; none where the next one must be a keyframe: what was before is not in this file, or was written by somebody else. */
  readonly latest?: readonly KnownSnapshot[];
}

/**
 * Makes the frames of a recording, one after another. What was encoded only counts once it is committed: if it could not be
 * written, the next frame takes its place.
 */
export class RecordingEncoder {
  readonly #primitives: Primitives;
  #state: State;
  #next: State | undefined;

  constructor(primitives: Primitives, position: RecordingPosition) {
    this.#primitives = primitives;
    this.#state = { ...position, sinceKeyframe: 0 };
  }

  get position(): RecordingPosition {
    return this.#state;
  }

  /** What was encoded last has been written. */
  commit(): void {
    this.#state = this.#next ?? this.#state;
    this.#next = undefined;
  }

  /** The frame of a snapshot, with an index frame behind it where one is due. Its tables must not change afterwards. */
  async snapshot(snapshot: Snapshot): Promise<EncodedSnapshot> {
    const { before, latest } = this.#state;
    const pairs = before ? pairTables(before.base, snapshot.tables) : [];
    const change = countChange(snapshot, pairs);
    const owned = before ? addLastOwners(snapshot, before, pairs) : snapshot;
    if (latest === undefined) return { bytes: await this.#keyframe(owned), ...change };
    const delta = await this.#delta(owned, latest, pairs);
    // Few rows on a machine with few processes: then a delta can be the larger one.
    const isSmaller = delta !== undefined && delta.length < rawBytes(owned);
    return { bytes: isSmaller ? delta : await this.#smaller(owned, delta), ...change };
  }

  /** The keyframe, or the delta where that is smaller. */
  async #smaller(
    snapshot: Snapshot,
    delta: Uint8Array<ArrayBuffer> | undefined,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const afterDelta = this.#next;
    const keyframe = await this.#keyframe(snapshot);
    if (delta === undefined || keyframe.length <= delta.length) return keyframe;
    this.#next = afterDelta;
    return delta;
  }

  gap(gap: Gap): Uint8Array<ArrayBuffer> {
    return this.#frames(FRAME_TYPES.gap, encodeMetadata(gap), gap.time.utcMicroseconds, {});
  }

  repair(repair: Repair): Uint8Array<ArrayBuffer> {
    return this.#frames(FRAME_TYPES.repair, encodeMetadata(repair), repair.time.utcMicroseconds, {});
  }

  /** The frames that end the recording: an index of what has none yet, and the trailer that finds it. */
  close(): Uint8Array<ArrayBuffer> {
    const state = this.#state;
    const index = this.#index(state);
    const after = { ...state, offset: state.offset + index.length, frameCount: state.frameCount + 1 };
    const trailer = encodeFrame(
      FRAME_TYPES.trailer,
      state.fileId,
      after.frameCount,
      encodeTrailerPayload(state.offset),
    );
    this.#next = { ...after, offset: after.offset + trailer.length, frameCount: after.frameCount + 1 };
    return concatBytes([index, trailer]);
  }

  async #keyframe(snapshot: Snapshot): Promise<Uint8Array<ArrayBuffer>> {
    const tables = await storedTables(snapshot);
    const metadata = writtenMap({ ...snapshot, tables });
    const payload = await encodeSnapshotPayload(snapshot, this.#state.chain);
    const base = { metadata, tables: snapshot.tables.map(({ bytes }) => bytes) };
    const known = { base, frame: this.#state.frameCount };
    return this.#snapshotFrame(FRAME_TYPES.snapshot, payload, snapshot, {
      sinceKeyframe: 1,
      before: { base, number: this.#state.snapshotCount },
      latest: STRIDES.map(() => known),
    });
  }

  async #delta(
    snapshot: Snapshot,
    latest: readonly KnownSnapshot[],
    pairs: readonly (TablePair | undefined)[],
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { sinceKeyframe, chain, frameCount, snapshotCount } = this.#state;
    if (sinceKeyframe >= KEYFRAME_INTERVAL) return undefined;
    const level = STRIDES.findIndex((stride) => sinceKeyframe % stride === 0);
    const from = latest[level]!;
    const fromPairs = from === latest.at(-1) ? pairs : pairTables(from.base, snapshot.tables);
    const delta = await encodeDelta(this.#primitives, chain, from, snapshot, fromPairs);
    if (delta === undefined) return undefined;
    const known = { base: delta.base, frame: frameCount };
    return this.#snapshotFrame(FRAME_TYPES.delta, delta.payload, snapshot, {
      sinceKeyframe: sinceKeyframe + 1,
      before: { base: delta.base, number: snapshotCount },
      latest: latest.map((other, i) => (i < level ? other : known)),
    });
  }

  #snapshotFrame(
    type: number,
    payload: Uint8Array,
    { time }: Snapshot,
    change: Partial<State>,
  ): Uint8Array<ArrayBuffer> {
    return this.#frames(type, payload, time?.utcMicroseconds ?? 0, {
      ...change,
      chain: payload.slice(CHAIN_AT, CHAIN_AT + CHAIN_BYTES),
      snapshotCount: this.#state.snapshotCount + 1,
    });
  }

  #frames(
    type: number,
    payload: Uint8Array,
    utcMicroseconds: number,
    change: Partial<State>,
  ): Uint8Array<ArrayBuffer> {
    const { fileId, frameCount: number, offset, unindexed } = this.#state;
    const frame = encodeFrame(type, fileId, number, payload);
    const entry = { type, number, offset, payloadLength: payload.length, utcMicroseconds };
    const next: State = {
      ...this.#state,
      ...change,
      offset: offset + frame.length,
      frameCount: number + 1,
      unindexed: [...unindexed, entry],
    };
    if (next.unindexed.length < INDEX_INTERVAL) {
      this.#next = next;
      return frame;
    }
    const index = this.#index(next);
    this.#next = {
      ...next,
      offset: next.offset + index.length,
      frameCount: next.frameCount + 1,
      lastIndex: next.offset,
      unindexed: [],
    };
    return concatBytes([frame, index]);
  }

  #index({ fileId, frameCount, unindexed, lastIndex }: State): Uint8Array<ArrayBuffer> {
    return encodeFrame(FRAME_TYPES.index, fileId, frameCount, encodeIndexPayload(unindexed, lastIndex));
  }
}

function rawBytes({ tables }: Snapshot): number {
  return tables.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
