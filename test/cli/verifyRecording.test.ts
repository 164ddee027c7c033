import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRecording } from '../../dist/node/index.js';
import { churn } from '../record/programs/churn.mjs';
import { runCli } from './runCli.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();

test('verify tells what became of a recording, and of many snapshots the last', async () => {
  const path = join(folder.path, 'long.tcpsnap');
  const machine = churn(5, 20);
  const recording = await createRecording(path);
  for (let i = 0; i < 12; i++) await recording.append(machine.next().value);
  const time = { utcMicroseconds: Date.UTC(2026, 10, 23, 19, 1, 35) * 1000, monotonicMicroseconds: 0 };
  await recording.appendGap({ time, reason: 'no \u001b[31manswer' });
  await recording.append(machine.next().value);
  await recording.close();
  const { size } = recording;
  appendFileSync(path, 'torn');
  await (await createRecording(path, { append: true })).close();

  const { stdout, exitCode } = await runCli(['verify', 'long.tcpsnap'], { cwd: folder.path });
  const lines = stdout.split('\n');
  expect(exitCode).toBe(0);
  expect(lines[0]).toMatch(/^long\.tcpsnap: intact, 13 snapshots, \d+ bytes$/);
  expect(lines[1]).toBe('  gap at 2026-11-23T19:01:35.000000Z: no \\u001b[31manswer');
  expect(lines[2]).toMatch(
    new RegExp(
      `^  continued at \\S+ from byte ${size} on, after 4 bytes that made no whole frame were cut off$`,
    ),
  );
  expect(lines[3]).toBe('  snapshot 12  ok');
  expect(lines.at(-2)).toBe('  and 12 snapshots before the last, all ok');
});
