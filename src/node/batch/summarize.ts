import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SummaryBuilder } from '../../core/dataset/summary/summaryBuilder.js';
import { SUMMARY_VERSION, type FailureTotals, type Summary } from '../../core/dataset/summary/summary.js';
import type { Decoder } from '../../core/index.js';
import { formatUtc } from '../../core/text/time.js';
import { CountStore, mergeFiles } from './countStore.js';
import { openEndRun } from './endStore.js';
import type { Failure } from './failures.js';
import type { OutputFolder, UnitRecord } from './outputFolder.js';

/** Names of files that exist only while a summary is made. */
const TEMPORARY = { links: 'links', merged: 'merged' } as const;

/** A summary of all units, in whichever order and by however many runs they were done. */
export async function summarize(
  folder: OutputFolder,
  records: readonly UnitRecord[],
  failures: readonly Failure[],
  seed: number,
  decoder: Decoder,
): Promise<Summary> {
  const inputs = records.flatMap((record) => record.inputs);
  const times = records.flatMap(({ firstUtcMicroseconds: first, lastUtcMicroseconds: last }) =>
    first === undefined || last === undefined ? [] : [first, last],
  );
  const sum = (numberOf: (record: UnitRecord) => number): number =>
    records.reduce((total, record) => total + numberOf(record), 0);
  return {
    version: SUMMARY_VERSION,
    inputs: {
      files: inputs.length,
      bytes: inputs.reduce((total, { size }) => total + size, 0),
      failed: new Set(failures.map(({ file }) => file)).size,
    },
    snapshots: sum((record) => record.snapshots),
    rows: sum((record) => record.rows),
    ...(times.length > 0 && {
      firstTime: formatUtc(times.reduce((a, b) => Math.min(a, b))),
      lastTime: formatUtc(times.reduce((a, b) => Math.max(a, b))),
    }),
    failures: failureTotals(failures),
    ...(await summarizeCounts(folder, records, seed, decoder)),
  };
}

async function summarizeCounts(
  folder: OutputFolder,
  records: readonly UnitRecord[],
  seed: number,
  decoder: Decoder,
) {
  const links = new CountStore(folder.counts, TEMPORARY.links);
  const builder = new SummaryBuilder(decoder, links.add);
  let pending = 0;
  const names = records.flatMap((record) => record.counts);
  for (const batch of batches(mergeFiles(folder.counts, names, TEMPORARY.merged))) {
    builder.addCounts(batch);
    // Lets signals come through.
    if (pending++ % 16 === 0) await new Promise(setImmediate);
  }
  const ends = records.flatMap((record) => record.ends).map((name) => openEndRun(join(folder.counts, name)));
  for (const _ of builder.addEnds(ends, seed)) await new Promise(setImmediate);
  const runs = links.finish();
  builder.addLinks(mergeFiles(folder.counts, runs, TEMPORARY.merged));
  for (const name of runs) rmSync(join(folder.counts, name), { force: true });
  return builder.build();
}

const BATCH_LENGTH = 4096;

function* batches<Value>(values: Iterable<Value>): Generator<Value[]> {
  let batch: Value[] = [];
  for (const value of values) {
    if (batch.push(value) < BATCH_LENGTH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** By code, with the first reason as an example. */
function failureTotals(failures: readonly Failure[]): FailureTotals {
  const reasons = new Map<string, { code: string; count: number; example: string }>();
  for (const { code, reason } of failures) {
    const known = reasons.get(code);
    if (known === undefined) reasons.set(code, { code, count: 1, example: reason });
    else known.count++;
  }
  return { total: failures.length, reasons: [...reasons.values()].sort((a, b) => b.count - a.count) };
}
