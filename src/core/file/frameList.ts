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

/** Values of frames, each in the order of their offsets. A time is 0 where there is none. */
export interface FrameColumns {
  readonly types: Uint16Array;
  readonly numbers: Uint32Array;
  readonly offsets: Float64Array;
  readonly payloadLengths: Float64Array;
  readonly times: Float64Array;
}

export function frameColumns(length: number): FrameColumns {
  return {
    types: new Uint16Array(length),
    numbers: new Uint32Array(length),
    offsets: new Float64Array(length),
    payloadLengths: new Float64Array(length),
    times: new Float64Array(length),
  };
}

export function setFrame(columns: FrameColumns, place: number, frame: Frame): void {
  columns.types[place] = frame.type;
  columns.numbers[place] = frame.number;
  columns.offsets[place] = frame.offset;
  columns.payloadLengths[place] = frame.payloadLength;
  columns.times[place] = frame.utcMicroseconds ?? 0;
}

/**
 * The frames of a file, in the order of their offsets. A recording has tens of thousands, of which often one is wanted: objects are only
 * made of those that are asked for.
 */
export class FrameList implements Iterable<Frame> {
  readonly length: number;
  readonly hasDeltas: boolean;
  readonly #columns: FrameColumns;
  /** Places of the snapshots. */
  readonly #snapshots: Uint32Array;

  constructor(columns: FrameColumns) {
    const { types } = columns;
    const places = new Uint32Array(types.length);
    let count = 0;
    let hasDeltas = false;
    for (let place = 0; place < types.length; place++) {
      const type = types[place];
      if (type !== FRAME_TYPES.snapshot && type !== FRAME_TYPES.delta) continue;
      hasDeltas ||= type === FRAME_TYPES.delta;
      places[count++] = place;
    }
    this.length = types.length;
    this.hasDeltas = hasDeltas;
    this.#columns = columns;
    this.#snapshots = places.subarray(0, count);
  }

  static of(frames: readonly Frame[]): FrameList {
    const columns = frameColumns(frames.length);
    for (const [place, frame] of frames.entries()) setFrame(columns, place, frame);
    return new FrameList(columns);
  }

  get snapshotCount(): number {
    return this.#snapshots.length;
  }

  /** The frame at a place; a negative one counts from the end. */
  at(place: number): Frame | undefined {
    const { types, numbers, offsets, payloadLengths, times } = this.#columns;
    const index = place < 0 ? this.length + place : place;
    const type = types[index];
    if (type === undefined) return undefined;
    return {
      type,
      number: numbers[index]!,
      offset: offsets[index]!,
      payloadOffset: offsets[index]! + FRAME_HEADER_BYTES,
      payloadLength: payloadLengths[index]!,
      utcMicroseconds: times[index]! || undefined,
    };
  }

  /** The frame of snapshot `number`, from 0; a negative one counts from the end. */
  snapshot(number: number): Frame | undefined {
    const place = this.#snapshots.at(number);
    return place === undefined || !Number.isInteger(number) ? undefined : this.at(place);
  }

  /** The nearest snapshot's frame before an offset that has this number. */
  snapshotBefore(offset: number, number: number): Frame | undefined {
    const { numbers } = this.#columns;
    for (let index = this.#snapshotsBefore(offset) - 1; index >= 0; index--) {
      const place = this.#snapshots[index]!;
      if (numbers[place] === number) return this.at(place);
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
      if (this.#columns.offsets[this.#snapshots[middle]!]! < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
