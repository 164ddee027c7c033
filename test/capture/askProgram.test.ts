import { expect, test } from 'vitest';
import { askProgram } from '../../dist/node/capture/askProgram.js';

const node = process.execPath;
const ask = (code: string, milliseconds = 20_000) => askProgram(node, ['-e', code], milliseconds);

test('gives what the program printed', async () => {
  expect(await ask('console.log("Zürich")')).toEqual({ text: 'Zürich\n' });
});

test('gives what it printed before it failed, and why', async () => {
  const { text, failure } = await ask('console.log("half"); process.exitCode = 3');
  expect(text).toBe('half\n');
  expect(failure).toMatchObject({ isLate: false, reason: expect.stringContaining('failed') as string });
});

test('waits no longer than it should', async () => {
  expect(await ask('setInterval(() => {}, 1000)', 300)).toEqual({
    text: '',
    failure: { isLate: true, reason: `${node} did not answer within 300 ms` },
  });
});

test.each([
  ['is not there', 'no-such-program-of-any-system', []],
  // What Node throws at once, as it does with `spawn UNKNOWN` on Windows.
  ['cannot be started at all', node, ['a\0b']],
])('a program that %s is a failure, not an error', async (_, file, words) => {
  const { text, failure } = await askProgram(file, words, 20_000);
  expect(text).toBe('');
  expect(failure).toMatchObject({
    isLate: false,
    reason: expect.stringContaining(`${file} failed: `) as string,
  });
});
