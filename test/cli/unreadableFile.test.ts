import { describe, expect, test } from 'vitest';
import { encodeFileHeader } from '../../dist/core/file/header.js';
import { crc32 } from '../../dist/core/file/crc32.js';
import { runCli, skippedFor, whyPermissionsDoNotCount } from './runCli.js';
import { fileOf, snapshotOf, ROWS } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

// A file of which nothing can be used: every command says why in one line and ends with 2.

const folder = makeTemporaryFolder();
const snapshot = await fileOf(snapshotOf(ROWS));

const READ_SNAPSHOT = ['show', 'info', 'raw', 'verify', 'diff good.tcpsnap'];
folder.write('good.tcpsnap', snapshot);
const READ_DUMP = ['import --table tcp2 -o made.tcpsnap', 'show --table tcp2'];

async function expectFailure(command: string, name: string, message: string, obeyPermissions = false) {
  const before = folder.list();
  const result = await runCli([...command.split(' '), name], { cwd: folder.path, obeyPermissions });
  expect(result.stderr).toBe(`tcpscope: ${name}: ${message}\n`);
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(folder.list()).toEqual(before);
}

describe.each([...READ_SNAPSHOT, ...READ_DUMP])('tcpscope %s', (command) => {
  test('a missing file', async () => {
    await expectFailure(command, 'missing.tcpsnap', 'no such file');
  });

  test('a file in a missing folder', async () => {
    await expectFailure(command, 'nowhere/a.tcpsnap', 'no such file');
  });

  test('a folder', async () => {
    const name = folder.makeFolder(`folder for ${command}`);
    await expectFailure(command, name, 'it is a folder, not a file');
  });

  test('a file taken for a folder', async () => {
    const name = folder.write('file', 'x');
    await expectFailure(
      command,
      `${name}/a.tcpsnap`,
      process.platform === 'win32' ? 'no such file' : 'a part of the path is not a folder',
    );
  });

  const reason = whyPermissionsDoNotCount();
  test.skipIf(reason !== undefined)(`a file without permission${skippedFor(reason)}`, async () => {
    const name = folder.write(`secret of ${command}`, snapshot);
    folder.chmod(name, 0o000);
    await expectFailure(command, name, 'permission denied', true);
  });
});

/** The file as a text-mode transfer or an editor leaves it. */
const latin1 = snapshot.toString('latin1');
const damagedAsText: readonly (readonly [string, Buffer, string])[] = [
  [
    'CR LF turned into LF',
    Buffer.from(latin1.replaceAll('\r\n', '\n'), 'latin1'),
    'its CR LF line ends were turned into LF',
  ],
  [
    'LF turned into CR LF',
    Buffer.from(latin1.replaceAll('\n', '\r\n'), 'latin1'),
    'its LF bytes were turned into CR LF',
  ],
  [
    'lone LF turned into CR LF',
    Buffer.from(latin1.replaceAll(/(?<!\r)\n/g, '\r\n'), 'latin1'),
    'its LF bytes were turned into CR LF',
  ],
  [
    'LF turned into CR',
    Buffer.from(latin1.replaceAll('\n', '\r'), 'latin1'),
    'its LF bytes were turned into CR',
  ],
  ['seven bits', snapshot.map((byte) => byte & 127) as Buffer, 'the top bit of its bytes was cut off'],
  ['Latin-1 to UTF-8', Buffer.from(latin1, 'utf8'), 'its bytes were re-encoded from Latin-1 to UTF-8'],
  ['decoded as UTF-8', Buffer.from(snapshot.toString('utf8'), 'utf8'), 'its bytes were decoded as UTF-8'],
  [
    'decoded as ASCII',
    Buffer.from(latin1.replaceAll(/[\x80-\xff]/g, '?'), 'latin1'),
    'its bytes were decoded as text',
  ],
  [
    'UTF-16 (a redirection in PowerShell)',
    Buffer.from(`\ufeff${latin1}`, 'utf16le'),
    'its bytes were re-encoded to UTF-16',
  ],
];

function newerVersion(major: number): Buffer {
  const header = Buffer.from(encodeFileHeader(new Uint8Array(8)));
  header.writeUInt16LE(major, 12);
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return Buffer.concat([header, snapshot.subarray(32)]);
}

describe.each(READ_SNAPSHOT)('tcpscope %s', (command) => {
  test('an empty file', async () => {
    await expectFailure(command, folder.write('empty', ''), 'the file is empty (at byte 0)');
  });

  test.each([
    ['a PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['bytes like any', Buffer.from('d1a37f00ff4e0b25c3', 'hex')],
    ['a text', Buffer.from('Proto  Local Address\n')],
    ['a magic with one bit wrong', Buffer.from(snapshot).fill(0x55, 1, 2)],
    ['a newline', Buffer.from('\n')],
  ])('%s', async (_what, bytes) => {
    await expectFailure(command, folder.write('foreign', bytes), NOT_A_SNAPSHOT);
  });

  test.each(damagedAsText)('%s', async (_what, bytes, damage) => {
    const message = `the file was a snapshot, but ${damage}; transfer it again in binary mode (at byte 0)`;
    await expectFailure(command, folder.write('text', bytes), message);
  });

  test('a newer version', async () => {
    const message =
      'the file has format version 2, this program reads version 1; use a newer tcpscope (at byte 12)';
    await expectFailure(command, folder.write('newer', newerVersion(2)), message);
  });

  test.each([1, 8, 12, 13, 31])('a file cut off inside its header, after %i bytes', async (length) => {
    const message = `the file ends inside its header: it has ${length} bytes of 32 (at byte ${length})`;
    await expectFailure(command, folder.write('cut', snapshot.subarray(0, length)), message);
  });
});

const NOT_A_SNAPSHOT =
  'not a snapshot file: it does not begin as one ("tcpscope import" makes one of a bare dump of a table) (at byte 0)';

describe.each(READ_DUMP)('tcpscope %s', (command) => {
  test.each([
    ['an empty file', '', 'not a MIB_TCPTABLE2: the row count needs 4 bytes, there are 0 (at byte 0)'],
    ['three bytes', 'abc', 'not a MIB_TCPTABLE2: the row count needs 4 bytes, there are 3 (at byte 0)'],
    [
      'a table without its last byte',
      Buffer.concat([Buffer.of(2, 0, 0, 0), Buffer.alloc(55)]),
      'not a whole MIB_TCPTABLE2: 2 rows need 56 bytes, 55 remain at offset 4 (at byte 4)',
    ],
    [
      'a PNG',
      Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
      'not a whole MIB_TCPTABLE2: 1196314761 rows need 33496813308 bytes, 12 remain at offset 4 (at byte 4)',
    ],
  ])('%s', async (_what, bytes, message) => {
    await expectFailure(command, folder.write('dump', bytes), message);
  });
});
