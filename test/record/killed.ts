import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { createRecording, openSnapshots, verifySnapshots } from '../../dist/node/index.js';

const PROGRAM = fileURLToPath(new URL('programs/recordUntilKilled.mjs', import.meta.url));

/** Records into the file until a moment after its start, then kills. Returns how many snapshots the program had called safe. */
async function recordAndKill(path: string, milliseconds: number): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, path, 'append'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
    child.stdout.on('data', (piece: Buffer) => {
      // From its first word on it is recording.
      if (output === '') setTimeout(() => child.kill('SIGKILL'), milliseconds);
      output += piece.toString();
    });
  });
  return Number(output.trim().split('\n').at(-1));
}

/**
 * Kills a recording at a moment, and checks that everything is there that was called safe, that nothing but the last frame is
 * damaged, and that the recording can be continued.
 */
export async function checkKilled(path: string, milliseconds: number): Promise<void> {
  const safe = await recordAndKill(path, milliseconds);
  const file = await openSnapshots(path);
  // One may be whole that had not been called safe yet.
  expect(file.count).toBeGreaterThanOrEqual(safe);
  expect(file.count).toBeLessThanOrEqual(safe + 1);
  expect(file.problems.filter(({ code }) => code !== 'truncated')).toEqual([]);
  const report = await verifySnapshots(file);
  expect(report.snapshots.flatMap(({ problems }) => problems)).toEqual([]);
  await file.close();

  const continued = await createRecording(path, { append: true });
  expect(continued.count).toBe(file.count);
  await continued.close();
  const whole = await openSnapshots(path);
  expect((await verifySnapshots(whole)).intact).toBe(true);
  await whole.close();
}
