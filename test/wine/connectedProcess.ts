import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Wine, windowsPath } from './wine.js';

/** A Windows process that is connected to a port of this machine. */
export interface ConnectedProcess {
  readonly pid: number;
  readonly localPort: number;
  /** It was started between these times (milliseconds since 1970). */
  readonly startedAfter: number;
  readonly startedBefore: number;
}

/** @param answer the file in which the process tells its pid and port */
export async function connectUnderWine(wine: Wine, port: number, answer: string): Promise<ConnectedProcess> {
  const startedAfter = Date.now();
  const program = join(import.meta.dirname, 'programs', 'connectAndWait.mjs');
  const child = wine.startNode([windowsPath(program), String(port), windowsPath(answer)]);
  while (!existsSync(answer)) {
    if (child.exitCode !== null) throw new Error('connectAndWait.mjs ended without connecting');
    await pause(50);
  }
  const told = JSON.parse(readFileSync(answer, 'utf8')) as { pid: number; localPort: number };
  return { ...told, startedAfter, startedBefore: Date.now() };
}
