import {
  timeline,
  timelineConnection,
  type Connection,
  type Decoder,
  type SnapshotSeries,
} from '../../src/core/index.js';
import { parseAddresses } from '../../src/core/query/addresses.js';
import { STATE_LISTEN } from '../../src/core/table/names.js';
import type { Timeline, TimelineConnection } from '../../src/core/index.js';
import type { ReadSnapshot } from '../../src/core/file/inOrder.js';
import type { RecordingSeries } from '../protocol.js';
import { nextTask } from './facets.js';
import type { OpenFile } from './openFile.js';

/** Milliseconds of work after which what was asked for meanwhile is answered. */
const WORK_MILLISECONDS = 40;
/** How often the page is told how far it is: drawing that takes processor time of the same machine. */
const PROGRESS_MILLISECONDS = 250;
/** A damaged file can have something for every snapshot. */
const MAX_LISTED = 100;

/** Goes through all snapshots of a file, and lets other work pass in between. */
export async function readTimeline(
  file: OpenFile,
  decoder: Decoder,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Timeline> {
  const source = {
    count: file.count,
    inOrder: () => withPauses(file.inOrder(), onProgress),
    readGaps: () => file.readGaps(),
  };
  return timeline(source, decoder, { signal });
}

async function* withPauses(
  snapshots: AsyncIterable<ReadSnapshot>,
  onProgress: (done: number) => void,
): AsyncGenerator<ReadSnapshot, void> {
  let begun = performance.now();
  let told = begun;
  let done = 0;
  for await (const read of snapshots) {
    yield read;
    done++;
    if (performance.now() - begun < WORK_MILLISECONDS) continue;
    await nextTask();
    begun = performance.now();
    if (begun - told < PROGRESS_MILLISECONDS) continue;
    onProgress(done);
    told = begun;
  }
}

/** Of what a recording holds already. */
export async function readStoredTimeline(
  file: OpenFile,
  decoder: Decoder,
): Promise<RecordingSeries | undefined> {
  const snapshots: SnapshotSeries | undefined = await file.storedSeries(decoder);
  return snapshots && seriesOf({ snapshots, unreadable: [], gaps: await file.readGaps() });
}

/** What the page draws of it. */
export function seriesOf({
  snapshots,
  unreadable,
  gaps,
}: Pick<Timeline, 'snapshots' | 'unreadable' | 'gaps'>): RecordingSeries {
  return {
    snapshots,
    unreadable: unreadable.slice(0, MAX_LISTED),
    unreadableCount: unreadable.length,
    gaps: gaps.slice(0, MAX_LISTED),
    gapCount: gaps.length,
  };
}

/** What became of a connection over the recording; undefined where that does not know it. */
export function historyOf(recording: Timeline, connection: Connection): TimelineConnection | undefined {
  const number = connectionNumber(recording, connection);
  return number === undefined ? undefined : timelineConnection(recording, number);
}

/** The connection that has the key of a row (table/keyedRows.ts). */
function connectionNumber({ connections, coverages }: Timeline, row: Connection): number | undefined {
  const { starts, words } = connections.keys;
  const key = keyOf(row);
  const isOfKind = coverages.map(
    ({ protocol, family }) => protocol === row.protocol && family === row.family,
  );
  for (let number = 0; number < connections.count; number++) {
    const at = starts[number]! + 1;
    if (words[at] !== key[0] || !isOfKind[words[at - 1]!]) continue;
    if (key.every((word, i) => words[at + i] === word)) return number;
  }
  return undefined;
}

function keyOf(row: Connection): readonly number[] {
  const hasRemote = row.state !== STATE_LISTEN && row.remoteAddress !== null;
  const ports = ((row.localPort << 16) | (hasRemote ? row.remotePort! : 0)) >>> 0;
  const local = addressWords(row.localAddress);
  return [ports, ...local, ...(hasRemote ? addressWords(row.remoteAddress) : local.map(() => 0))];
}

/** One word of an IPv4 address; of IPv6 four, and the scope id. */
function addressWords(text: string): readonly number[] {
  const address = parseAddresses(text);
  if (typeof address === 'string') throw new Error(`no address: ${text}`);
  const { family, low, scope = 0 } = address;
  if (family === 'IPv4') return [Number(low)];
  const words = [96n, 64n, 32n, 0n].map((shift) => Number((low >> shift) & 0xffffffffn));
  return [...words, scope];
}
