import { printable } from './cellText.js';
import type { RecordProgress } from '../record/record.js';

/** One line about a recording that goes on, no wider than the terminal. */
export function recordingStatus(
  progress: RecordProgress,
  elapsedMicroseconds: number,
  width: number,
): string {
  const { path, bytes, snapshots, gaps, change } = progress;
  const parts = [
    clock(elapsedMicroseconds),
    count(snapshots, 'snapshot'),
    ...(gaps > 0 ? [count(gaps, 'gap')] : []),
    ...(change ? [count(change.rows, 'row'), `+${change.opened} −${change.closed}`] : ['no snapshot']),
    fileSize(bytes),
    printable(path),
  ];
  const line = parts.join('  ');
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}

/** What a recording that has ended holds. */
export function recordingSummary({ path, bytes, snapshots, gaps }: RecordProgress): string {
  const noted = gaps > 0 ? `, ${count(gaps, 'gap')}` : '';
  return `wrote ${path} (${count(snapshots, 'snapshot')}${noted}, ${bytes} bytes)`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `0:01:05` */
function clock(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1e6);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function fileSize(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let [size, unit] = [bytes, 0];
  for (; size >= 1000 && unit < units.length - 1; unit++) size /= 1000;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}
