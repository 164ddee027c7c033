import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openSnapshots, verifySnapshots } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';

/** The bytes that stand as a hex dump in docs/format.md. */
function documentedFile(): Uint8Array<ArrayBuffer> {
  const page = readFileSync(new URL('../../docs/format.md', import.meta.url), 'utf8');
  const lines = page.matchAll(/^ {4}[0-9a-f]{4} {2}((?:[0-9a-f]{2} ?)+)$/gm);
  return Uint8Array.from(Array.from(lines, ([, bytes]) => bytes!.trim().split(' ')).flat(), (byte) =>
    parseInt(byte, 16),
  );
}

// The file never changes again: whoever can read version 1 can read it.
test('the file in docs/format.md is intact and holds what the page says', async () => {
  const file = await openSnapshots(documentedFile());
  const report = await verifySnapshots(file);
  expect(report).toMatchObject({ intact: true, version: { major: 1, minor: 0 }, fileId: '6578616d706c6521' });
  expect(report.snapshots[0]!.chain).toBe('904f9541b9c44d3bd6a95c2c8969b9eb1f2db651d7f88292d89f9041f9804529');
  expect(await file.at(0)).toEqual({
    tool: { name: 'tcpscope', version: '0.1.0', runtime: 'node v20.19.0' },
    provider: 'import',
    tables: [
      {
        class: 'tcp2',
        scope: 'all',
        synthesized: false,
        bytes: encodeRows([[5, 0x0100007f, 0x901f, 0x0100007f, 0x50c3, 42, 0]]),
      },
    ],
  });
});
