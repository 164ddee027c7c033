import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { manyRows } from '../browser/manyRows.js';
import { runProgram, type RunResult } from './runCli.js';
import { fileOf, snapshotOf } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';
import { sampleRecording } from '../../dist/node/start/sampleRecording.js';

// What V8 has compiled of the command line is kept beside it when it is built and installed, and nothing depends on its being there.

const folder = makeTemporaryFolder();
const root = fileURLToPath(new URL('../../', import.meta.url));
const dump = join(root, 'test', 'fixtures', 'sample', 'addresses.bin');
const copy = join(folder.path, 'package');
const dist = join(copy, 'dist', 'node');
const FILES = ['tcpscope-commandLine.cjs', 'tcpscope-program.cjs', 'tcpscope-rolldown-runtime.cjs'];

/** A copy of the package, whose files may be changed. */
beforeAll(() => {
  mkdirSync(copy);
  for (const name of ['dist/node', 'dist/core', 'dist/tcpscope.wasm', 'package.json']) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});

beforeEach(() => forget());

const kept = (): string[] => readdirSync(dist).filter((name) => name.includes('.cache'));

function forget(): void {
  for (const name of kept()) rmSync(join(dist, name));
}

const node = (...args: readonly string[]): Promise<RunResult> => runProgram([process.execPath, ...args]);
const prepare = (): Promise<RunResult> => node(join(dist, 'start', 'prepareStart.js'));
const show = (): Promise<RunResult> => node(join(dist, 'tcpscope.cjs'), 'show', '--table', 'tcp2', dump);
const help = (): Promise<RunResult> => node(join(dist, 'tcpscope.cjs'), '--help');

/** Whether V8 uses what is kept of each file: undefined where nothing is. */
async function isUsed(): Promise<(boolean | undefined)[]> {
  const script = `
    const { loadProgram } = require(${JSON.stringify(join(dist, 'tcpscope.cjs'))});
    const { exports, files } = loadProgram();
    exports.run(['node', 'tcpscope', 'show', '--table', 'tcp2', '--limit', '0', '--no-header', ${JSON.stringify(dump)}]).then(() => {
      process.stdout.write(JSON.stringify([...files.values()].map(({ script }) => script.cachedDataRejected ?? null)));
    });`;
  const { stdout } = await node('-e', script);
  const rejected = JSON.parse(stdout) as (boolean | null)[];
  expect(rejected).toHaveLength(FILES.length);
  return rejected.map((isRejected) => (isRejected === null ? undefined : !isRejected));
}

test('it is kept under the release of Node and the kind of machine, in place of what was, and V8 uses it', async () => {
  expect(await isUsed()).toEqual([undefined, undefined, undefined]);
  for (let time = 0; time < 2; time++) {
    expect(await prepare()).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(kept()).toEqual(
      FILES.map((file) => `${file}.${process.version}-${process.platform}-${process.arch}.cache`),
    );
    expect(await isUsed()).toEqual([true, true, true]);
  }
});

test('what was kept of another program, by whichever release of Node, is gone', async () => {
  for (const file of FILES) writeFileSync(join(dist, `${file}.v1.2.3-linux-x64.cache`), 'of another one');
  await prepare();
  expect(kept()).toHaveLength(FILES.length);
  expect(await isUsed()).toEqual([true, true, true]);
});

test('it holds the functions that a command has called, not only the start of the program', async () => {
  const script = `
    const { files } = require(${JSON.stringify(join(dist, 'tcpscope.cjs'))}).loadProgram();
    process.stdout.write(String([...files.values()][0].script.createCachedData().length));`;
  const { stdout } = await node('-e', script);
  await prepare();
  const ofProgram = kept().find((name) => name.startsWith('tcpscope-program'))!;
  expect(readFileSync(join(dist, ofProgram)).length).toBeGreaterThan(2 * Number(stdout));
});

test('without it, and with what V8 cannot use, commands do the same', async () => {
  await prepare();
  const names = kept();
  const expected = [await show(), await help()];
  expect(expected[0]).toMatchObject({ exitCode: 0, stderr: '' });
  forget();
  expect([await show(), await help()]).toEqual(expected);
  for (const bytes of [Buffer.alloc(0), Buffer.from('not compiled code'), Buffer.alloc(1 << 16, 0xff)]) {
    for (const name of names) writeFileSync(join(dist, name), bytes);
    expect(await isUsed()).toEqual([false, false, false]);
    expect([await show(), await help()]).toEqual(expected);
  }
});

test('files are shown by the first file alone, and as with the options that stand for none', async () => {
  const path = join(folder.path, 'two.tcpsnap');
  writeFileSync(path, await sampleRecording());
  const cli = (...args: readonly string[]): Promise<RunResult> => node(join(dist, 'tcpscope.cjs'), ...args);
  const expected = await cli('show', '--format', 'table', '--snapshot', '-1', path, path);
  expect(expected).toMatchObject({ exitCode: 0, stderr: '' });
  const others = readdirSync(dist).filter((name) => /^tcpscope-(?!program\.cjs).*\.cjs$/.test(name));
  const missing = await cli('show', '--format', 'table', join(folder.path, 'none.tcpsnap'));
  expect(missing.exitCode).toBe(2);
  for (const name of others) renameSync(join(dist, name), join(dist, `${name}.away`));
  try {
    expect(await cli('show', path, path)).toEqual(expected);
    expect(await cli('show', join(folder.path, 'none.tcpsnap'))).toEqual(missing);
    expect(await cli('show', '--limit', '1', path)).toMatchObject({ exitCode: 2 });
  } finally {
    for (const name of others) renameSync(join(dist, `${name}.away`), join(dist, name));
  }
});

test('running a command writes nothing beside the program', async () => {
  const before = readdirSync(dist);
  await show();
  expect(readdirSync(dist)).toEqual(before);
});

test('what Node takes long to load is not loaded before it is needed', async () => {
  const tell = join(folder.path, 'tell.cjs');
  writeFileSync(tell, `process.on('exit', () => process._rawDebug(process.moduleLoadList.join('\\n')))`);
  const loadedBy = async (...args: readonly string[]): Promise<string[]> => {
    const { stderr, exitCode } = await node('--require', tell, join(dist, 'tcpscope.cjs'), ...args);
    expect(exitCode).toBe(0);
    return stderr.split('\n').map((name) => name.replace('NativeModule ', ''));
  };
  const recording = join(folder.path, 'recording.tcpsnap');
  writeFileSync(recording, await sampleRecording());
  const large = join(folder.path, 'large.tcpsnap');
  writeFileSync(large, await fileOf(snapshotOf(manyRows(100_000))));
  const slow = ['crypto', 'internal/crypto/webcrypto', 'zlib', 'child_process', 'worker_threads'];
  const streams = ['stream', 'internal/streams/readable'];
  const cases = [
    // Help asks how wide the terminal is.
    { args: ['show', '--help'], never: slow },
    { args: ['show', recording], never: [...slow, ...streams] },
    { args: ['diff', `${recording}@0`, `${recording}@0`], never: [...slow, ...streams] },
  ];
  for (const { args, never } of cases) {
    const loaded = await loadedBy(...args);
    expect(loaded).toContain('internal/modules/cjs/loader');
    expect(never.filter((name) => loaded.includes(name))).toEqual([]);
  }
  // What reads many bytes faster.
  expect(await loadedBy('show', '--limit', '1', large)).toContain('crypto');
});
