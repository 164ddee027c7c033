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
/** Frames of which an index frame is due before the next one: what a recording that was not closed has to be scanned for is never all of it. */
const INDEX_INTERVAL = 256;

/** Counts what the snapshots of the recording have. */
export interface RecordedSeries {
  /** A snapshot has been written. */
  add(snapshot: Snapshot): void;
  /** The payload of a series frame for those that were added since `clear`; undefined where there are none, or it cannot tell. */
  payload(): Promise<Uint8Array | undefined>;
  clear(): void;
}

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

/** Frames, and where the recording goes on behind them. */
interface Encoded {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly state: State;
}

/** What counts once it has been written. */
interface Pending {
  readonly state: State;
  /** Whether a series frame is among it: that tells of all snapshots before it. */
  readonly isTold: boolean;
  readonly snapshot?: Snapshot;
}

/**
 * Makes the frames of a recording, one after another. What was encoded only counts once it is committed: if it could not be
 * written, the next frame takes its place.
 */
export class RecordingEncoder {
  readonly #primitives: Primitives;
  readonly #series: RecordedSeries | undefined;
  #state: State;
  #pending: Pending | undefined;

  /** @param series of the recording, where it is to hold them */
  constructor(primitives: Primitives, position: RecordingPosition, series?: RecordedSeries) {
    this.#primitives = primitives;
    this.#series = series;
    this.#state = { ...position, sinceKeyframe: 0 };
  }

  get position(): RecordingPosition {
    return this.#state;
  }

  /** What was encoded last has been written. */
  commit(): void {
    if (this.#pending === undefined) return;
    const { state, isTold, snapshot } = this.#pending;
    this.#state = state;
    this.#pending = undefined;
    if (isTold) this.#series?.clear();
    if (snapshot !== undefined) this.#series?.add(snapshot);
  }

  /** The frame of a snapshot, behind the frames that are due. Its tables must not change afterwards. */
  async snapshot(snapshot: Snapshot): Promise<EncodedSnapshot> {
    const begun = await this.#begin();
    const { before } = begun.state;
    const pairs = before ? pairTables(before.base, snapshot.tables) : [];
    const owned = before ? addLastOwners(snapshot, before, pairs) : snapshot;
    const encoded = await this.#smallest(begun.state, owned, pairs);
    return { bytes: this.#end(begun, encoded, owned), ...countChange(snapshot, pairs) };
  }

  async gap(gap: Gap): Promise<Uint8Array<ArrayBuffer>> {
    return this.#note(FRAME_TYPES.gap, gap);
  }

  async repair(repair: Repair): Promise<Uint8Array<ArrayBuffer>> {
    return this.#note(FRAME_TYPES.repair, repair);
  }

  /** The frames that end the recording: series and index of what has none yet, and the trailer that finds them. */
  async close(): Promise<Uint8Array<ArrayBuffer>> {
    const begun = await this.#dueFrames();
    const { lastIndex } = begun.state;
    return this.#end(begun, withFrame(begun.state, FRAME_TYPES.trailer, encodeTrailerPayload(lastIndex)));
  }

  async #note(type: number, note: Gap | Repair): Promise<Uint8Array<ArrayBuffer>> {
    const begun = await this.#begin();
    return this.#end(begun, withFrame(begun.state, type, encodeMetadata(note), note.time.utcMicroseconds));
  }

  async #begin(): Promise<Encoded & Pick<Pending, 'isTold'>> {
    const isDue = this.#state.unindexed.length >= INDEX_INTERVAL;
    return isDue ? this.#dueFrames() : { bytes: new Uint8Array(), state: this.#state, isTold: false };
  }

  /** A series frame of the snapshots that none tells of, and an index frame of it and what else has none. */
  async #dueFrames(): Promise<Encoded & Pick<Pending, 'isTold'>> {
    const payload = await this.#series?.payload();
    const series = payload && withFrame(this.#state, FRAME_TYPES.series, payload);
    const state = series?.state ?? this.#state;
    const index = withFrame(state, FRAME_TYPES.index, encodeIndexPayload(state.unindexed, state.lastIndex));
    return {
      bytes: concatBytes(series === undefined ? [index.bytes] : [series.bytes, index.bytes]),
      state: { ...index.state, lastIndex: state.offset, unindexed: [] },
      isTold: payload !== undefined,
    };
  }

  #end(
    { bytes, isTold }: Encoded & Pick<Pending, 'isTold'>,
    last: Encoded,
    snapshot?: Snapshot,
  ): Uint8Array<ArrayBuffer> {
    this.#pending = { state: last.state, isTold, ...(snapshot && { snapshot }) };
    return concatBytes([bytes, last.bytes]);
  }

  /** A delta where there is one that is smaller than a keyframe. */
  async #smallest(
    state: State,
    snapshot: Snapshot,
    pairs: readonly (TablePair | undefined)[],
  ): Promise<Encoded> {
    const delta = await this.#delta(state, snapshot, pairs);
    if (delta !== undefined && delta.bytes.length < rawBytes(snapshot)) return delta;
    // Few rows on a machine with few processes: then a delta can be the larger one.
    const keyframe = await keyframeOf(state, snapshot);
    return delta === undefined || keyframe.bytes.length <= delta.bytes.length ? keyframe : delta;
  }

  async #delta(
    state: State,
    snapshot: Snapshot,
    pairs: readonly (TablePair | undefined)[],
  ): Promise<Encoded | undefined> {
    const { sinceKeyframe, chain, frameCount, snapshotCount, latest } = state;
    if (latest === undefined || sinceKeyframe >= KEYFRAME_INTERVAL) return undefined;
    const level = STRIDES.findIndex((stride) => sinceKeyframe % stride === 0);
    const from = latest[level]!;
    const fromPairs = from === latest.at(-1) ? pairs : pairTables(from.base, snapshot.tables);
    const delta = await encodeDelta(this.#primitives, chain, from, snapshot, fromPairs);
    if (delta === undefined) return undefined;
    const known = { base: delta.base, frame: frameCount };
    return withSnapshot(state, FRAME_TYPES.delta, delta.payload, snapshot, {
      sinceKeyframe: sinceKeyframe + 1,
      before: { base: delta.base, number: snapshotCount },
      latest: latest.map((other, i) => (i < level ? other : known)),
    });
  }
}

async function keyframeOf(state: State, snapshot: Snapshot): Promise<Encoded> {
  const tables = await storedTables(snapshot);
  const metadata = writtenMap({ ...snapshot, tables });
  const payload = await encodeSnapshotPayload(snapshot, state.chain);
  const base = { metadata, tables: snapshot.tables.map(({ bytes }) => bytes) };
  const known = { base, frame: state.frameCount };
  return withSnapshot(state, FRAME_TYPES.snapshot, payload, snapshot, {
    sinceKeyframe: 1,
    before: { base, number: state.snapshotCount },
    latest: STRIDES.map(() => known),
  });
}

function withSnapshot(
  state: State,
  type: number,
  payload: Uint8Array,
  { time }: Snapshot,
  change: Partial<State>,
): Encoded {
  const { bytes, state: after } = withFrame(state, type, payload, time?.utcMicroseconds);
  const chain = payload.slice(CHAIN_AT, CHAIN_AT + CHAIN_BYTES);
  return { bytes, state: { ...after, ...change, chain, snapshotCount: state.snapshotCount + 1 } };
}

function withFrame(state: State, type: number, payload: Uint8Array, utcMicroseconds = 0): Encoded {
  const { fileId, frameCount: number, offset, unindexed } = state;
  const bytes = encodeFrame(type, fileId, number, payload);
  const entry = { type, number, offset, payloadLength: payload.length, utcMicroseconds };
  return {
    bytes,
    state: {
      ...state,
      offset: offset + bytes.length,
      frameCount: number + 1,
      unindexed: [...unindexed, entry],
    },
  };
}

function rawBytes({ tables }: Snapshot): number {
  return tables.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
