import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = new URL('../fixtures/sample/', import.meta.url);
const cli = fileURLToPath(new URL('../../dist/node/tcpscope.cjs', import.meta.url));
const tables = readdirSync(folder)
  .filter((name) => name.endsWith('.bin'))
  .map((name) => name.slice(0, -'.bin'.length));

test('there are fixtures', () => {
  expect(tables.length).toBeGreaterThanOrEqual(10);
});

test.each(tables)('%s is printed as the C example printed it', (name) => {
  const raw = fileURLToPath(new URL(`${name}.bin`, folder));
  const args = [cli, 'show', '--table', 'tcp2', '--format', 'sample', raw];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { maxBuffer: 1 << 26 });
  expect(stderr.toString()).toBe('');
  expect(stdout.equals(readFileSync(new URL(`${name}.txt`, folder))), 'the bytes printed').toBe(true);
  expect(status).toBe(0);
});
