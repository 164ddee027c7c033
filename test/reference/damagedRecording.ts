import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import {
  openSnapshots,
  SnapshotError,
  verifySnapshots,
  type Snapshot,
  type VerifyReport,
} from 'tcpscope/core';
import type { Primitives } from '../../dist/core/file/primitives.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import { encodeRecording, SMALL_RECORDING } from './encodeRecording.js';
import { framesOf, type RecordedFrame } from './recordedFrames.js';

/** A recording of three snapshots: a keyframe and two deltas, each made from the one before. */
export interface WholeRecording {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly frames: readonly RecordedFrame[];
  readonly snapshots: readonly Snapshot[];
}

export async function smallRecording({ closed = true } = {}): Promise<WholeRecording> {
  const bytes = await encodeRecording(SMALL_RECORDING, { closed });
  const file = await openSnapshots(bytes, NODE_PRIMITIVES);
  expect(await verifySnapshots(file)).toMatchObject({ intact: true, problems: [] });
  const frames = framesOf(bytes);
  expect(frames.map(({ type }) => type)).toEqual(closed ? [1, 2, 2, 3, 7] : [1, 2, 2]);
  return { bytes, frames, snapshots: [await file.at(0), await file.at(1), await file.at(2)] };
}

/** What is read of a snapshot: as it was, not at all (with an error that says why), or with a header that nobody can find. */
type Outcome = 'right' | 'refused' | 'missing';
/** What docs/format.md promises: `any` where it depends on what the bit does to compressed bytes. Never anything wrong. */
type Promised = Outcome | 'any';

export interface Reading {
  /** undefined where the file cannot be opened. */
  readonly report: VerifyReport | undefined;
  readonly outcomes: readonly Outcome[];
}

/** Opens a damaged file and reads all of it. Fails where anything is read that is not as it was. */
export async function readDamaged(
  bytes: Uint8Array<ArrayBuffer>,
  { frames, snapshots }: WholeRecording,
  primitives: Primitives = NODE_PRIMITIVES,
): Promise<Reading> {
  const opened = await openSnapshots(bytes, primitives).catch((error: unknown) => error);
  if (opened instanceof SnapshotError) return { report: undefined, outcomes: snapshots.map(() => 'missing') };
  const file = opened as Awaited<ReturnType<typeof openSnapshots>>;
  const report = await verifySnapshots(file);
  const outcomes: Outcome[] = snapshots.map(() => 'missing');
  for (const { number, offset, problems, chain, tables } of report.snapshots) {
    const original = frames.findIndex((frame) => frame.offset === offset);
    const read = await file.at(number).catch((error: unknown) => error);
    if (read instanceof SnapshotError) {
      outcomes[original] = 'refused';
      expect(problems.length).toBeGreaterThan(0);
      expect(read.offset).toBeTypeOf('number');
    } else {
      // Much faster than toEqual, which then says what is different.
      if (!isDeepStrictEqual(read, snapshots[original])) expect(read).toEqual(snapshots[original]);
      outcomes[original] = 'right';
    }
    // What verify calls confirmed is what can be read.
    const isConfirmed = chain !== undefined && tables.every(({ intact }) => intact);
    expect(isConfirmed).toBe(outcomes[original] === 'right');
  }
  return { report, outcomes };
}

const HEADER = 32;
const LENGTH = 64;
const RESERVED = 68;
const METADATA = 72;

/** What docs/format.md promises of each snapshot where one byte of the file is damaged. */
export function promisedAt(at: number, { bytes, frames, snapshots }: WholeRecording): readonly Promised[] {
  const all = (outcome: Promised): Promised[] => snapshots.map(() => outcome);
  if (at < 12) return all('missing'); // the magic
  if (at < HEADER) return all('right'); // the file id is taken from the first frame
  const place = frames.findLastIndex(({ offset }) => offset <= at);
  const { type, payload, length } = frames[place]!;
  const isClosed = frames.at(-1)!.type === 7;
  if (place >= snapshots.length) return all('right'); // indexes and trailers only save time
  const from = (outcome: Promised): Promised[] => snapshots.map((_, i) => (i < place ? 'right' : outcome));
  if (at < payload) {
    // The header of a frame: an index knows what it says.
    return isClosed ? all('right') : from('refused').with(place, 'missing');
  }
  const inside = at - payload;
  if (inside >= length) return all('right'); // its CRC-32 is wrong, its chain value right
  const view = new DataView(bytes.buffer, payload, length);
  const end = METADATA + view.getUint32(LENGTH, true);
  if (type === 1) {
    if (inside >= RESERVED && inside < METADATA) return all('right');
    if (inside < end) return from('refused');
    // The table, whose bytes the others take over, or do not; then what fills up to 8 bytes.
    const table = Math.ceil(end / 8) * 8;
    const tableEnd = table + snapshots[0]!.tables[0]!.bytes.length;
    return inside < table || inside >= tableEnd ? all('right') : from('any').with(0, 'refused');
  }
  if (inside < LENGTH) return from('refused'); // chain values
  if (inside < METADATA) return from('refused'); // lengths
  return inside < end ? from('any') : all('right');
}

/** Checks what is read where one bit is flipped. */
export async function checkFlippedBit(
  bit: number,
  whole: WholeRecording,
  primitives?: Primitives,
): Promise<void> {
  const at = bit >> 3;
  const damaged = whole.bytes.slice();
  damaged[at]! ^= 1 << (bit & 7);
  const { report, outcomes } = await readDamaged(damaged, whole, primitives);
  const promised = promisedAt(at, whole);
  expect(
    outcomes.map((outcome, i) => (promised[i] === 'any' ? 'any' : outcome)),
    `bit ${bit & 7} of byte ${at}`,
  ).toEqual(promised);
  if (report === undefined) return;
  expect(report.intact, `bit ${bit & 7} of byte ${at}`).toBe(false);
  expectToldNear(report, at, whole);
}

/** Some problem is told at a place in the frame that is damaged. */
function expectToldNear(report: VerifyReport, at: number, { frames, bytes }: WholeRecording): void {
  const starts = [0, ...frames.map(({ offset }) => offset), bytes.length];
  const place = starts.findLastIndex((start) => start <= at);
  const offsets = [...report.problems, ...report.snapshots.flatMap(({ problems }) => problems)].map(
    ({ offset }) => offset!,
  );
  const isNear = offsets.some((offset) => offset >= starts[place]! && offset <= starts[place + 1]!);
  expect(isNear, `byte ${at}, told at ${offsets.join()}`).toBe(true);
}
