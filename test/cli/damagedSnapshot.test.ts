import { describe, expect, test } from 'vitest';
import { runCli, type RunResult } from './runCli.js';
import { AT, fileOf, flipBit, RAW, ROWS, snapshotOf } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

// A file that begins as a snapshot file does, and is damaged after that. `show` and `raw` give what is intact and nothing
// else; `info` and `verify` describe the damage, which is their work, and end with 1.

const folder = makeTemporaryFolder();
const whole = await fileOf(snapshotOf(ROWS));
const metadataAt = whole.indexOf('iphlpapi');
const tableAt = whole.indexOf(RAW);

interface Damage {
  readonly bytes: Buffer;
  readonly message: string;
  readonly offset: number;
}

const cutAt = (length: number): Buffer => whole.subarray(0, length);
const frameNeeds = whole.length - AT.frame;

const UNUSABLE: Readonly<Record<string, Damage>> = {
  'cut off after the file header': {
    bytes: cutAt(32),
    message: 'the file ends after its header: it holds no snapshot',
    offset: 32,
  },
  'cut off inside the frame header': {
    bytes: cutAt(AT.payload - 1),
    message: 'the file ends inside a frame header: 31 of 32 bytes',
    offset: AT.frame,
  },
  'cut off after the frame header': {
    bytes: cutAt(AT.payload),
    message: `the file ends inside frame 0, which needs ${frameNeeds} bytes: 32 remain`,
    offset: AT.frame,
  },
  'cut off inside the metadata': {
    bytes: cutAt(metadataAt),
    message: `the file ends inside frame 0, which needs ${frameNeeds} bytes: ${metadataAt - AT.frame} remain`,
    offset: AT.frame,
  },
  'cut off inside the table': {
    bytes: cutAt(tableAt + 30),
    message: `the file ends inside frame 0, which needs ${frameNeeds} bytes: ${tableAt + 30 - AT.frame} remain`,
    offset: AT.frame,
  },
  'without its last byte': {
    bytes: cutAt(whole.length - 1),
    message: `the file ends inside frame 0, which needs ${frameNeeds} bytes: ${frameNeeds - 1} remain`,
    offset: AT.frame,
  },
  'a flipped bit in the frame header': {
    bytes: flipBit(whole, AT.frame + 17),
    message: `no frame header where one should be; ${frameNeeds} bytes passed over`,
    offset: AT.frame,
  },
  'a flipped bit in the metadata': {
    bytes: flipBit(whole, metadataAt + 3),
    message: 'the metadata of snapshot 0 is damaged: its chain value does not match',
    offset: AT.payload,
  },
  'a flipped bit in the table': {
    bytes: flipBit(whole, tableAt + 40),
    message: `table 0 (tcp2) is damaged: its ${RAW.length} bytes do not have the SHA-256 that was stored with them`,
    offset: tableAt,
  },
};

async function run(command: string, name: string): Promise<RunResult> {
  return runCli([...command.split(' '), name], { cwd: folder.path });
}

describe.each(Object.keys(UNUSABLE))('%s', (what) => {
  const { bytes, message, offset } = UNUSABLE[what]!;
  const name = folder.write(what.replaceAll(' ', '-'), bytes);

  test.each(['show', 'show --format json', 'raw', 'raw -o raw.bin'])('%s gives nothing', async (command) => {
    const result = await run(command, name);
    expect(result.stderr).toBe(`tcpscope: ${name}: ${message} (at byte ${offset})\n`);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(folder.list()).not.toContain('raw.bin');
  });

  test('info says it', async () => {
    const { exitCode, stdout, stderr } = await run('info', name);
    expect(stderr).toBe('');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('  state       damaged (see below)\n');
    expect(stdout).toMatch(new RegExp(`^  problem     .* \\(at byte ${offset}\\)$`, 'm'));
  });

  test('info --json has it', async () => {
    const { exitCode, stdout, stderr } = await run('info --json', name);
    expect(stderr).toBe('');
    expect(exitCode).toBe(1);
    const told = JSON.parse(stdout) as { problems: unknown[]; snapshots: { problems: unknown[] }[] };
    const problems = [...told.problems, ...told.snapshots.flatMap((snapshot) => snapshot.problems)];
    expect(problems).toContainEqual(expect.objectContaining({ offset }));
  });

  test('verify says it', async () => {
    const { exitCode, stdout, stderr } = await run('verify', name);
    expect(stderr).toBe('');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(new RegExp(`^${name}: damaged, [01] snapshots?, ${bytes.length} bytes$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^    problem at byte ${offset}: `, 'm'));
  });
});

test('verify of a damaged table says what can still be read', async () => {
  const name = folder.write('table', UNUSABLE['a flipped bit in the table']!.bytes);
  const { stdout } = await run('verify', name);
  expect(stdout.replaceAll(/[0-9a-f]{64}/g, 'HASH')).toBe(
    `table: damaged, 1 snapshot, ${whole.length} bytes\n` +
      '  snapshot 0  damaged: its metadata and 0 of 1 table can be read\n' +
      `    table tcp2  damaged  ${RAW.length} bytes  SHA-256 HASH\n` +
      '    chain HASH\n' +
      `    problem at byte ${AT.payload}: frame 0 is damaged: the checksum of its ${frameNeeds - 36} bytes is wrong\n` +
      `    problem at byte ${tableAt}: table 0 (tcp2) is damaged: its ${RAW.length} bytes do not have the SHA-256 ` +
      'that was stored with them\n',
  );
});

describe('a flipped bit in the file header', () => {
  const name = folder.write('header', flipBit(whole, 20));
  const warning = `tcpscope: ${name}: the file header is damaged: its checksum is wrong; reading on as version 1 (at byte 0)\n`;

  test('show prints the rows, says so, and ends with 1', async () => {
    const { stdout } = await run('show', folder.write('whole', whole));
    expect(await run('show', name)).toMatchObject({ exitCode: 1, stdout, stderr: warning });
  });

  test('raw writes the bytes, says so, and ends with 1', async () => {
    const { exitCode, stdoutBytes, stderr } = await run('raw', name);
    expect(stderr).toBe(warning);
    expect(stdoutBytes).toEqual(Buffer.from(RAW));
    expect(exitCode).toBe(1);
  });

  test.each(['info', 'verify'])('%s describes the snapshot and ends with 1', async (command) => {
    const { exitCode, stdout, stderr } = await run(command, name);
    expect(stderr).toBe('');
    expect(stdout).toContain('the file header is damaged: its checksum is wrong; reading on as version 1');
    expect(stdout).toContain(`tcp2`);
    expect(exitCode).toBe(1);
  });
});

test.each([
  ['trailer', whole.length - 1],
  ['reserved bytes', AT.payload + 68],
])('a flipped bit in the %s: verify finds it, the rows are whole', async (_what, offset) => {
  const name = folder.write('trailer', flipBit(whole, offset));
  const { exitCode, stdout } = await run('verify', name);
  expect(exitCode).toBe(1);
  expect(stdout).toContain(`problem at byte ${AT.payload}: frame 0 is damaged: the checksum of its`);
  expect(stdout).toContain('  snapshot 0  damaged: its metadata and 1 of 1 table can be read\n');
  expect(await run('show', name)).toMatchObject({ exitCode: 0, stderr: '' });
});

test('bytes after the last frame: the rows are shown, and the rest is reported', async () => {
  const name = folder.write('appended', Buffer.concat([whole, Buffer.from('appended by somebody')]));
  const { exitCode, stdout, stderr } = await run('show --no-header --columns pid', name);
  expect(stdout.split('\n')).toHaveLength(ROWS.length + 1);
  expect(stderr).toBe(
    `tcpscope: ${name}: the file ends inside a frame header: 20 of 32 bytes (at byte ${whole.length})\n`,
  );
  expect(exitCode).toBe(1);
});
