import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// The package as it is published: packed from a clean copy of the sources, installed into an empty folder, used there.

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'tcpscope-pack-'));
const consumer = join(folder, 'consumer');
const installed = join(consumer, 'node_modules', 'tcpscope');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const npx = npm.replace('npm', 'npx');
let packed: string[];

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[], cwd = consumer): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: command.endsWith('.cmd'),
    stdio: 'pipe',
  });
}

/** Runs `npm pack` where nothing but the sources is, so that it builds them, and nothing left over gets in. */
function pack(): { filename: string; files: { path: string }[] } {
  const copy = join(folder, 'sources');
  mkdirSync(copy);
  for (const name of readdirSync(root)) {
    if (/^(\.git|dist|coverage|test|bench)$|\.tcpsnap$/.test(name)) continue;
    cpSync(join(root, name), join(copy, name), { recursive: true, verbatimSymlinks: true });
  }
  run(npm, ['run', 'build'], copy);
  const report = run(npm, ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], copy);
  return (JSON.parse(report) as [{ filename: string; files: { path: string }[] }])[0];
}

beforeAll(() => {
  const { filename, files } = pack();
  packed = files.map(({ path }) => path).toSorted();
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
  run(npm, ['install', join(folder, filename), '--no-audit', '--no-fund']);
});

describe('the tarball', () => {
  test('holds what is needed to run and to read the format, and nothing else', () => {
    const kinds = new Set(
      packed.map((path) => path.replace(/^dist\/(core|node)\/.*?(\.d\.ts|\.[a-z.]+)$/, 'dist/$1/**$2')),
    );
    expect([...kinds].toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/core/**.d.ts',
      'dist/core/**.js',
      'dist/node/**.cjs',
      'dist/node/**.d.ts',
      'dist/node/**.js',
      'dist/node/**.licenses.md',
      'dist/tcpscope.wasm',
      'dist/viewer.html',
      'docs/dataset.md',
      'docs/format.md',
      'docs/select.md',
      'package.json',
    ]);
  });

  test('has a module and its types for every source of the library, and the files of the command line', () => {
    const names = (end: string): string[] =>
      packed
        .filter((path) => path.startsWith('dist/') && path.endsWith(end))
        .map((path) => path.slice('dist/'.length, -end.length));
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !/^node\/(cli|print)\//.test(path))
      .map((path) => path.slice(0, -'.ts'.length));
    expect(names('.d.ts')).toEqual(sources.toSorted());
    expect(names('.js')).toEqual(sources.toSorted());
    expect(names('.cjs')).toContain('node/tcpscope');
    const ofCommandLine = /^node\/tcpscope(-[A-Za-z0-9]+)*$/;
    expect(names('.cjs').filter((name) => !ofCommandLine.test(name))).toEqual([]);
  });

  test('what a worker of a batch runs is one file, which loads no other of the library', () => {
    const text = readFileSync(join(installed, 'dist/node/tcpscope-worker.cjs'), 'utf8');
    const loaded = [...text.matchAll(/\b(?:require|import)\(([`"'])(.*?)\1\)/g)].map(([, , name]) => name!);
    expect(loaded).toContain('node:fs');
    expect(loaded.filter((name) => !isBuiltin(name))).toEqual([]);
  });

  test('names no path of the machine it was made on', () => {
    for (const path of packed) {
      const bytes = readFileSync(join(installed, path));
      expect(
        [root, folder].filter((name) => bytes.includes(name)),
        path,
      ).toEqual([]);
    }
  });
});

describe('installed in an empty folder', () => {
  test('the command line captures and shows', () => {
    const output = run(npx, ['--no-install', 'tcpscope', 'capture', '--show', 'x.tcpsnap']);
    expect(output).toMatch(/^Proto +Local address +Remote address/);
    expect(existsSync(join(consumer, 'x.tcpsnap'))).toBe(true);
    expect(run(npx, ['--no-install', 'tcpscope', 'verify', 'x.tcpsnap'])).toMatch(
      /^x\.tcpsnap: intact, 1 snapshot/,
    );
  });

  test('what V8 has compiled of the command line was kept when it was installed', () => {
    const kept = readdirSync(join(installed, 'dist', 'node')).filter((name) => name.endsWith('.cache'));
    const files = ['tcpscope-commandLine.cjs', 'tcpscope-program.cjs', 'tcpscope-rolldown-runtime.cjs'];
    const suffix = `.${process.version}-${process.platform}-${process.arch}.cache`;
    expect(kept).toEqual(files.map((file) => `${file}${suffix}`));
  });

  test('both libraries are there, and the WebAssembly module', () => {
    writeFileSync(
      join(consumer, 'use.mjs'),
      `import { readFileSync } from 'node:fs';
       import * as node from 'tcpscope';
       import * as core from 'tcpscope/core';
       const wasm = readFileSync(new URL(import.meta.resolve('tcpscope/tcpscope.wasm')));
       const raw = Uint8Array.from([1, ...new Array(31).fill(0)]);
       for (const decoder of [await node.createDecoder(), await core.createDecoder(wasm)]) {
         const table = decoder.decode(raw, 'tcp2');
         process.stdout.write(JSON.stringify([table.rowCount, table.row(0).localAddress]) + '\\n');
         table.free();
       }
       const file = await node.openSnapshots('x.tcpsnap');
       const snapshot = await file.at(-1);
       await file.close();
       const missing = Object.keys(core).filter((name) => !(name in node));
       process.stdout.write(JSON.stringify([snapshot.tool.name, missing]) + '\\n');`,
    );
    expect(run(process.execPath, ['use.mjs'])).toBe('[1,"0.0.0.0"]\n[1,"0.0.0.0"]\n["tcpscope",[]]\n');
  });
});

describe('its types, checked with every strictness', () => {
  function typeCheck(name: string, source: string, options: object): string {
    const project = join(consumer, name);
    mkdirSync(project);
    writeFileSync(join(project, 'use.ts'), source);
    const compilerOptions = {
      target: 'es2023',
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      ...options,
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    try {
      return run(process.execPath, [tsc, '-p', project]);
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }

  const DECODE = `
    async function count(decoder: Decoder, raw: Uint8Array): Promise<number> {
      const table: Table = decoder.decode(raw, 'tcp2');
      try {
        const rows: Uint32Array = table.order(['-rport', 'process']);
        const connection: Connection | undefined = rows.length > 0 ? table.row(rows[0]!) : undefined;
        return (connection?.localPort ?? 0) + table.copyColumn('state').length;
      } catch (error) {
        if (error instanceof SnapshotError && error.code === 'bad-table') return error.offset ?? -1;
        throw error;
      } finally {
        table.free();
      }
    }
    // @ts-expect-error: there is no such class
    void (async (decoder: Decoder) => decoder.decode(new Uint8Array(), 'tcp9'));
    void count;`;

  const IN_NODE = `
      import { captureSnapshot, createDecoder, encodeSnapshotFile, openSnapshots, CaptureError, SnapshotError } from 'tcpscope';
      import type { Connection, Decoder, Snapshot, Table } from 'tcpscope';
      const snapshot: Snapshot = await captureSnapshot({ note: 'x' });
      const bytes: Uint8Array = await encodeSnapshotFile(snapshot);
      for await (const kept of await openSnapshots('x.tcpsnap')) void kept.tables[0]?.bytes;
      void [(await openSnapshots(bytes)).count, (await createDecoder()).decodeSnapshot(snapshot).rowCount, CaptureError];
      ${DECODE}`;

  beforeAll(() => {
    symlinkSync(join(root, 'node_modules', '@types'), join(consumer, 'node_modules', '@types'), 'junction');
  });

  test('tcpscope, in Node', () => {
    expect(typeCheck('in-node', IN_NODE, { types: ['node'] })).toBe('');
  });

  // Node's types have no WebAssembly: without TypeScript's own, only the consumer's side can be checked.
  test('tcpscope, in Node, without the DOM library', () => {
    const options = { lib: ['es2023'], types: ['node'], skipLibCheck: true };
    expect(typeCheck('in-node-without-dom', IN_NODE, options)).toBe('');
  });

  test('tcpscope/core, in a browser', () => {
    const source = `
      import { createDecoder, openSnapshots, verifySnapshots, SnapshotError } from 'tcpscope/core';
      import type { Connection, Decoder, Table } from 'tcpscope/core';
      const decoder = await createDecoder(await (await fetch('tcpscope.wasm')).arrayBuffer());
      const file = await openSnapshots(new Blob([]));
      void [decoder, (await verifySnapshots(file)).intact];
      ${DECODE}`;
    const options = {
      lib: ['es2023', 'dom', 'esnext.disposable'],
      types: [],
      module: 'esnext',
      moduleResolution: 'bundler',
    };
    expect(typeCheck('in-browser', source, options)).toBe('');
  });
});
