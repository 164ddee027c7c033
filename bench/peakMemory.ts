import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

const INTERVAL_MS = 20;

/**
 * Runs a program of Node's to its end. Returns the most memory that it ever had, in MB, as the kernel counts it, over all its threads.
 *
 * @throws Error where it fails, or ends before anybody looks
 */
export async function peakMegabytes(args: readonly string[], cwd?: string): Promise<number> {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, megabytesOf(child.pid!));
  }, INTERVAL_MS);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  if (peak === 0) throw new Error(`${args.join(' ')} ended too soon to see how much memory it has`);
  return peak;
}

/** 0 where it has just ended. */
function megabytesOf(pid: number): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
