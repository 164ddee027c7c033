import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const BUILT = join(import.meta.dirname, '..', '..', 'dist', 'node', 'capture');
const ADVICE =
  'Install tcpscope again without leaving out optional dependencies (npm install --include=optional). ' +
  'Reading snapshots works without koffi.';

let folder: string;

/** A copy of what loads koffi, in a folder that has none but what the test puts there. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcpscope-koffi-'));
  for (const name of ['koffi.js', 'captureError.js']) cpSync(join(BUILT, name), join(folder, name));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** In a process of its own: vitest would find this project's koffi. */
function loadFails(): unknown {
  const program =
    "const { loadKoffi } = await import('./koffi.js');" +
    'const { name, code, message } = await loadKoffi().catch((error) => error);' +
    'console.log(JSON.stringify({ name, code, message }));';
  const options = { cwd: folder, encoding: 'utf8' } as const;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], options));
}

test('without the package koffi', () => {
  expect(loadFails()).toMatchObject({
    name: 'CaptureError',
    code: 'native-library',
    message: expect.stringMatching(
      /^Capture needs the package koffi, which could not be loaded on \w+-\w+: Cannot find package 'koffi'.+\. Install/,
    ) as unknown,
  });
});

test('with koffi but without its native part for this system', () => {
  const koffi = join(folder, 'node_modules', 'koffi');
  mkdirSync(koffi, { recursive: true });
  writeFileSync(
    join(koffi, 'package.json'),
    '{ "name": "koffi", "type": "module", "exports": "./index.js" }',
  );
  const message = 'Cannot find the native Koffi module; did you bundle it correctly?\\nRequire stack:\\n- x';
  writeFileSync(join(koffi, 'index.js'), `throw new Error('${message}');`);
  expect(loadFails()).toMatchObject({
    code: 'native-library',
    message:
      `Capture needs the package koffi, which could not be loaded on ${process.platform}-${process.arch}: ` +
      `Cannot find the native Koffi module; did you bundle it correctly. ${ADVICE}`,
  });
});
