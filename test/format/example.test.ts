import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { openSnapshots, verifySnapshots } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';
import { documentedFiles } from '../reference/documentedFiles.js';

// These files never change again: whoever can read version 1.0, 1.1 or 1.2, can read them.
test('the files in docs/format.md are those that were published with versions 1.0, 1.1 and 1.2', () => {
  expect(documentedFiles().map((bytes) => createHash('sha256').update(bytes).digest('hex'))).toEqual([
    'f4ad3c56ccbc89cf613077fa3002ef351ca80ef7977941a07c31e0511c11e443',
    'a0439e0257da214b91b2c5228295b781540d346992e435ddc0f8afa05224c8d3',
    '725eee8dc46c35e4e0f40dba5bb31ec4329e03b12d2a75c8e77be1b766ac411f',
  ]);
});

test.each([
  [1, '2977e73fc76ea0acbca545712237de9844472cce4c028f4cbd647d0d23a229d2'],
  [2, 'a12fe5cb9cf8d4f73c825eb229b6deecb79b1941a101412b8a240c885a774d74'],
])(
  'the recording of version 1.%i in docs/format.md is intact and holds what the page says',
  async (minor, chain) => {
    const file = await openSnapshots(documentedFiles()[minor]!);
    const report = await verifySnapshots(file);
    expect(report).toMatchObject({ intact: true, version: { major: 1, minor }, frameCount: 4 });
    expect(report.snapshots[1]!.chain).toBe(chain);
    const [first, second] = [await file.at(0), await file.at(1)];
    const listener = [2, 0x0100007f, 0x901f, 0, 0, 42, 0];
    const connection = [5, 0x0100007f, 0x901f, 0x0100007f, 0x50c3, 42, 0];
    expect(first.tables[0]!.bytes).toEqual(encodeRows([listener, connection]));
    expect(second.tables[0]!.bytes).toEqual(
      encodeRows([listener, connection.with(0, 11).with(5, 0), connection.with(4, 0x51c3)]),
    );
    expect(second.tables[0]!.extras).toEqual({
      lastOwnerPid: new Uint8Array(Uint32Array.of(0, 42, 0).buffer),
      lastOwnerSnapshot: new Uint8Array(3 * 4),
    });
    expect(second.time).toEqual({ utcMicroseconds: 1_795_000_001_000_000, monotonicMicroseconds: 6_000_000 });
    expect(second.processes).toEqual(first.processes);
  },
);

test('the file in docs/format.md is intact and holds what the page says', async () => {
  const file = await openSnapshots(documentedFiles()[0]!);
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
