import { closeSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { peakMegabytes } from '../../bench/peakMemory.js';
import { encodeFrame, FRAME_TYPES } from '../../dist/core/file/frame.js';
import { encodeFileHeader } from '../../dist/core/file/header.js';
import { encodeSnapshotPayload } from '../../dist/core/file/encodeSnapshotPayload.js';
import { NO_CHAIN } from '../../dist/core/file/snapshotPayload.js';
import { CLI, runCli } from '../cli/runCli.js';
import { AT, fileOf, flipBit, snapshotOf, tcp2Table } from '../cli/snapshotFiles.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { fleetSnapshot, writeFleet } from './fleet.js';
import { datasetRows, expectedRows, readFailures, readJson } from './readDataset.js';

const folder = makeTemporaryFolder();
const at = (name: string): string => join(folder.path, name);
const relative = (path: string): string => path.slice(folder.path.length + 1);

test('corrupted files among 2,500: each is listed, and all others are there, value by value', async () => {
  const hosts = Array.from({ length: 50 }, (_, i) => `HOST${i}`);
  const files = await writeFleet(at('fleet'), hosts, 50);
  const bytes = await fileOf(fleetSnapshot('HOST7', 7, 7));
  const damage: Readonly<Record<string, Uint8Array>> = {
    'host7/7': flipBit(bytes, AT.payload + 100),
    'host20/0': flipBit(bytes, bytes.length - 20),
    'host33/12': bytes.subarray(0, bytes.length - 1),
    'host49/49': bytes.subarray(0, 40),
    'host0/3': Buffer.from('no snapshot'),
  };
  for (const [name, damaged] of Object.entries(damage)) {
    const path = at(`fleet/${name}.tcpsnap`);
    writeFileSync(path, damaged);
    files.delete(path);
  }
  const { exitCode } = await runCli(['batch', 'fleet', '--out', 'out', '--jobs', '2', '--quiet'], {
    cwd: folder.path,
  });
  expect(exitCode).toBe(1);
  const failed = new Set(readFailures(at('out')).map(({ file }) => file));
  expect(failed).toEqual(new Set(Object.keys(damage).map((name) => `fleet/${name}.tcpsnap`)));
  expect(readJson(at('out'), 'summary.json')).toMatchObject({ inputs: { failed: 5 }, snapshots: 2495 });
  expect(await datasetRows(at('out'))).toEqual(expectedRows(files, relative));
}, 600_000);

const MEMORY_MB = 400;

test('a file that is larger than the memory that a batch may take', async () => {
  const rows = 250_000;
  const snapshots = 64;
  mkdirSync(at('large'));
  const fileId = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);
  const file = openSync(at('large/one.tcpsnap'), 'w');
  writeSync(file, encodeFileHeader(fileId));
  let chain: Uint8Array = NO_CHAIN;
  for (let number = 0; number < snapshots; number++) {
    const payload = await encodeSnapshotPayload(
      { ...snapshotOf([]), tables: [tcp2Table(largeTable(rows, number))] },
      chain,
    );
    writeSync(file, encodeFrame(FRAME_TYPES.snapshot, fileId, number, payload));
    chain = payload.subarray(32, 64);
  }
  closeSync(file);
  expect(statSync(at('large/one.tcpsnap')).size).toBeGreaterThan(MEMORY_MB * 2 ** 20);
  const peak = await peakMegabytes(
    [CLI, 'batch', 'large', '--out', 'large-out', '--format', 'none', '--quiet'],
    folder.path,
  );
  expect(peak).toBeLessThan(MEMORY_MB);
  expect(readJson(at('large-out'), 'summary.json')).toMatchObject({
    snapshots,
    rows: rows * snapshots,
    // Each snapshot has remote addresses of its own.
    remotes: { total: rows * snapshots },
    remotePorts: { total: 1, top: [{ value: 443, rows: rows * snapshots }] },
  });
}, 600_000);

/** Rows of one host to addresses of which no other table has any. */
function largeTable(rows: number, number: number): Uint8Array {
  const bytes = new Uint8Array(4 + rows * 28);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rows, true);
  for (let i = 0; i < rows; i++) {
    const at = 4 + i * 28;
    view.setUint32(at, 5, true);
    view.setUint32(at + 4, 0x0a000001);
    view.setUint16(at + 8, 1024 + (i % 60_000));
    view.setUint32(at + 12, 0x20000000 + number * rows + i);
    view.setUint16(at + 16, 443);
  }
  return bytes;
}
