import type { ByteSource, Decoder, SnapshotFile } from '../../core/index.js';
import { toByteSource } from '../../core/file/byteSource.js';
import { findSnapshotByTime } from '../../core/file/snapshotByTime.js';
import { openBytes, openSnapshots, readBytes } from '../files/fileSource.js';
import { startPrimitives } from '../files/startPrimitives.js';
import { formatUtc, parseUtc } from '../../core/text/time.js';
import { UsageError } from './failure.js';

/** `-` on the command line. */
export const STANDARD_INPUT = '-';

export function inputName(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path;
}

export async function readInput(path: string): Promise<Uint8Array> {
  return path === STANDARD_INPUT ? readStandardInput() : readBytes(path);
}

/** @param decoder whose engine reads small files sooner than Node could */
export async function openInput(path: string, decoder?: Decoder): Promise<SnapshotFile> {
  const source = path === STANDARD_INPUT ? await readStandardInput() : path;
  return openSnapshots(source, decoder && startPrimitives(decoder));
}

/** Its bytes by offset, whatever they are. */
export async function openInputBytes(path: string): Promise<ByteSource> {
  return path === STANDARD_INPUT ? toByteSource(await readStandardInput()) : openBytes(path);
}

async function readStandardInput(): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Which snapshots of a file are meant: `all`, a number from 0, one from the end (−1), or a moment. */
export type SnapshotChoice = 'all' | { readonly number: number } | { readonly atUtcMicroseconds: number };

/** @throws UsageError */
export function parseSnapshotChoice(text: string): SnapshotChoice {
  if (text === 'all') return 'all';
  if (/^-?\d+$/.test(text)) return { number: Number(text) };
  const atUtcMicroseconds = parseUtc(text);
  if (atUtcMicroseconds === undefined) {
    throw new UsageError(
      'Give a number from 0, -1 for the last, a time like 2026-11-23T19:01:35Z (UTC), or all.',
    );
  }
  return { atUtcMicroseconds };
}

/** The numbers of the chosen snapshots. Of a moment: the last snapshot that was taken by then. */
export async function chooseSnapshots(file: SnapshotFile, choice: SnapshotChoice): Promise<number[]> {
  // Of a file without snapshots the first is asked for, since the error then says what is wrong with the file.
  if (choice === 'all' && file.count > 0) return Array.from({ length: file.count }, (_, number) => number);
  if (choice === 'all') return [0];
  if ('number' in choice) {
    const number = choice.number < 0 ? file.count + choice.number : choice.number;
    // Before the first: the number as it was given, so that the error names that.
    return [number < 0 ? choice.number : number];
  }
  const found = await findSnapshotByTime(file, choice.atUtcMicroseconds);
  if (found !== undefined) return [found];
  throw new UsageError(`no snapshot was taken by ${formatUtc(choice.atUtcMicroseconds)}`);
}
