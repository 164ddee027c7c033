import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createDecoder, openSnapshots, verifySnapshots, type Decoder } from 'tcpscope/core';
import { crc32 } from '../../dist/core/file/crc32.js';
import { FRAME_TYPES } from '../../dist/core/file/frame.js';
import { readIndexedFrames } from '../../dist/core/file/indexFrame.js';
import type { SnapshotFile } from '../../dist/core/file/snapshotFile.js';
import type { SnapshotSeries } from '../../dist/core/timeline/series.js';
import { decodeSeriesPayload } from '../../dist/core/timeline/seriesFrame.js';
import { storedSeries } from '../../dist/core/timeline/storedSeries.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import type { TemporaryFolder } from '../cli/temporaryFolder.js';
import { readAllWithPython, type PythonSeries, type Reading } from './pythonReader.js';

const WASM = new URL('../../dist/tcpscope.wasm', import.meta.url);

/** Writes files into a folder of this name, has them read by reader.py, and compares all that it says with what tcpscope says. */
export async function expectAgreementWithPython(
  folder: TemporaryFolder,
  name: string,
  files: readonly Uint8Array<ArrayBuffer>[],
): Promise<Reading[]> {
  mkdirSync(join(folder.path, name));
  const paths = files.map((bytes, i) => join(folder.path, folder.write(join(name, String(i)), bytes)));
  const readings = readAllWithPython(paths);
  const decoder = await createDecoder(readFileSync(WASM));
  for (const [i, reading] of readings.entries()) {
    const file = await openSnapshots(files[i]!, NODE_PRIMITIVES).catch(() => undefined);
    expect(file === undefined, `${name} ${i}`).toBe(reading.exit === 2);
    if (file === undefined) continue;
    expect(await readingOf(file), `${name} ${i}`).toEqual(comparable(reading));
    await expectSameTold(file, decoder, reading, `${name} ${i}`);
  }
  return readings;
}

/** What tcpscope says of a file, in the words of reader.py. */
async function readingOf(file: SnapshotFile): Promise<unknown> {
  const report = await verifySnapshots(file);
  const gaps = await file.readGaps();
  const indexed = await readIndexedFrames(file.source, file.scan.fileId, crc32);
  return printable({
    intact: report.intact,
    indexed: file.scan.version !== undefined && indexed !== undefined,
    gaps: gaps.map(({ time, reason, tick }) => ({ time, reason, ...(tick && { tick }) })),
    series: await readSeries(file),
    snapshots: report.snapshots
      .filter(({ chain }) => chain !== undefined)
      .map(({ number, chain, metadata, tables }) => ({
        snapshot: number,
        chain,
        metadata,
        tables: tables.map(({ class: name, intact }) => ({ class: name, sha256_ok: intact })),
      })),
  });
}

function comparable({ exit, snapshots, gaps, indexed, series }: Reading): unknown {
  return {
    intact: exit === 0,
    indexed,
    gaps,
    series,
    snapshots: snapshots.map(({ snapshot, chain, metadata, tables }) => ({
      snapshot,
      chain,
      metadata,
      tables: tables.map(({ class: name, sha256_ok }) => ({ class: name, sha256_ok })),
    })),
  };
}

/** The series frames that are not damaged. */
async function readSeries({ scan, source }: SnapshotFile): Promise<PythonSeries[]> {
  const read: PythonSeries[] = [];
  for (const { type, payloadOffset, payloadLength } of scan.frames) {
    if (type !== FRAME_TYPES.series) continue;
    const payload = await source.read(payloadOffset, payloadLength);
    const sum = new DataView((await source.read(payloadOffset + payloadLength, 4)).buffer).getUint32(0, true);
    if (crc32(payload) !== sum) continue;
    const series = await decodeSeriesPayload(payload, payloadOffset, NODE_PRIMITIVES).catch(() => undefined);
    if (series !== undefined) read.push(inWordsOfPython(series));
  }
  return read;
}

/** What the series of a file tell together. tcpscope counts what none of them tells of, where it can. */
async function expectSameTold(
  file: SnapshotFile,
  decoder: Decoder,
  { series, told, exit }: Reading,
  name: string,
): Promise<void> {
  const stored = await storedSeries(file, decoder);
  const isUsed = told !== null && told > 0;
  // Snapshots that are damaged cannot be counted.
  if (!isUsed || exit === 0 || told === file.count) expect(stored !== undefined, name).toBe(isUsed);
  if (stored === undefined) return;
  const { columns, states } = inWordsOfPython(stored);
  const ofTold = (values: readonly unknown[]): readonly unknown[] => values.slice(0, told!);
  for (const [column, values] of Object.entries(columns)) {
    const read = series.flatMap((part) => part.columns[column]!);
    expect(ofTold(values), `${name}: ${column}`).toEqual(ofTold(read));
  }
  for (const [state, values] of Object.entries(states)) {
    const read = series.flatMap(
      (part) => part.states[state] ?? Array.from({ length: part.snapshots }, () => 0),
    );
    expect(ofTold(values), `${name}: ${state}`).toEqual(ofTold(read));
  }
}

/** All that it tells can be read. */
function inWordsOfPython(series: SnapshotSeries): PythonSeries {
  const { count, isReadable: _all, rows: _rows, rowsByState, ...columns } = series;
  const known = (values: ArrayLike<number>): (number | null)[] =>
    Array.from(values, (value) => (Number.isNaN(value) ? null : value));
  return {
    snapshots: count,
    columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, known(values)])),
    states: Object.fromEntries(rowsByState.map(({ state, rows }) => [state, Array.from(rows)])),
  };
}

/** Values as reader.py prints them: binary data in hexadecimal. */
function printable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, printable(member)]));
}
