import { FRAME_HEADER_BYTES, FRAME_TYPES } from './frame.js';

/** A whole frame of the file: its payload and trailer are there, but have not been read yet. */
export interface Frame {
  readonly type: number;
  readonly number: number;
  /** Offset of the frame header in the file. */
  readonly offset: number;
  readonly payloadOffset: number;
  readonly payloadLength: number;
  /** When its snapshot was taken: undefined where it has no time, or no index tells it. */
  readonly utcMicroseconds?: number | undefined;
}

/** Whether the frame is that of a snapshot, however it is stored. */
export function isSnapshotFrame({ type }: Pick<Frame, 'type'>): boolean {
  return type === FRAME_TYPES.snapshot || type === FRAME_TYPES.delta;
}

/** Words of a frame in a list: those of its entry in an index (indexFrame.ts), so that indexes are taken over as they are. */
export const FRAME_WORDS = 8;
const [OFFSET, LENGTH, TIME, NUMBER, TYPE] = [0, 2, 4, 6, 7];

/** @param words of all frames of a list */
export function setFrame(words: Uint32Array, place: number, frame: Frame): void {
  const at = place * FRAME_WORDS;
  setU64(words, at + OFFSET, frame.offset);
  setU64(words, at + LENGTH, frame.payloadLength);
  setU64(words, at + TIME, frame.utcMicroseconds ?? 0);
  words[at + NUMBER] = frame.number;
  words[at + TYPE] = frame.type;
}

function setU64(words: Uint32Array, at: number, value: number): void {
  words[at] = value;
  words[at + 1] = value / 2 ** 32;
}

/** Most are small: what goes through no product stays a small integer, which is no object before this is compiled. */
export function u64Of(words: Uint32Array, at: number): number {
  const high = words[at + 1]!;
  return high === 0 ? words[at]! : words[at]! + high * 2 ** 32;
}

/**
 * The frames of a file, in the order of their offsets. A recording has tens of thousands, of which often one is wanted: objects are only
 * made of those that are asked for.
 */
export class FrameList implements Iterable<Frame> {
  readonly length: number;
  readonly hasDeltas: boolean;
  readonly #words: Uint32Array;
  /** Places of the snapshots. */
  readonly #snapshots: Uint32Array;

  constructor(words: Uint32Array) {
    const length = words.length / FRAME_WORDS;
    const places = new Uint32Array(length);
    let count = 0;
    let hasDeltas = false;
    for (let place = 0, at = TYPE; place < length; place++, at += FRAME_WORDS) {
      const type = words[at]! & 0xffff;
      if (type !== FRAME_TYPES.snapshot && type !== FRAME_TYPES.delta) continue;
      hasDeltas ||= type === FRAME_TYPES.delta;
      places[count++] = place;
    }
    this.length = length;
    this.hasDeltas = hasDeltas;
    this.#words = words;
    this.#snapshots = places.subarray(0, count);
  }

  static of(frames: readonly Frame[]): FrameList {
    const words = new Uint32Array(frames.length * FRAME_WORDS);
    for (const [place, frame] of frames.entries()) setFrame(words, place, frame);
    return new FrameList(words);
  }

  get snapshotCount(): number {
    return this.#snapshots.length;
  }

  /** The frame at a place; a negative one counts from the end. */
  at(place: number): Frame | undefined {
    const index = place < 0 ? this.length + place : place;
    const words = this.#words;
    const at = index * FRAME_WORDS;
    const type = words[at + TYPE];
    if (type === undefined) return undefined;
    const offset = u64Of(words, at + OFFSET);
    return {
      type: type & 0xffff,
      number: words[at + NUMBER]!,
      offset,
      payloadOffset: offset + FRAME_HEADER_BYTES,
      payloadLength: u64Of(words, at + LENGTH),
      utcMicroseconds: u64Of(words, at + TIME) || undefined,
    };
  }

  /** The frame of snapshot `number`, from 0; a negative one counts from the end. */
  snapshot(number: number): Frame | undefined {
    const place = this.#snapshots.at(number);
    return place === undefined || !Number.isInteger(number) ? undefined : this.at(place);
  }

  /** The nearest snapshot's frame before an offset that has this number. */
  snapshotBefore(offset: number, number: number): Frame | undefined {
    for (let index = this.#snapshotsBefore(offset) - 1; index >= 0; index--) {
      const place = this.#snapshots[index]!;
      if (this.#words[place * FRAME_WORDS + NUMBER] === number) return this.at(place);
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<Frame> {
    for (let place = 0; place < this.length; place++) yield this.at(place)!;
  }

  #snapshotsBefore(offset: number): number {
    let [low, high] = [0, this.#snapshots.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (u64Of(this.#words, this.#snapshots[middle]! * FRAME_WORDS + OFFSET) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
