import type { Range } from '../../core/index.js';

const UNITS = [
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['min', 60_000_000],
] as const;

/** A time for people, in two units at most: `1 h 5 min`, `59.5 s`, `120 ms`, `0 s`. */
export function formatDuration(microseconds: number): string {
  for (const [i, [unit, length]] of UNITS.entries()) {
    if (microseconds < length) continue;
    const whole = Math.floor(microseconds / length);
    const [smaller, size] = UNITS[i + 1] ?? ['s', 1_000_000];
    const rest = Math.floor((microseconds - whole * length) / size);
    return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${smaller}`;
  }
  if (microseconds >= 1_000_000 || microseconds === 0) return `${short(microseconds / 1_000_000)} s`;
  return microseconds >= 1000 ? `${short(microseconds / 1000)} ms` : `${short(microseconds)} µs`;
}

/** Three digits, as far as they say something: `59.5`, `1.02`, `120`. */
export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** `4`, `2 to 5 (median 4)` */
export function rangeText({ lowest, median, highest }: Range): string {
  return lowest === highest ? String(lowest) : `${lowest} to ${highest} (median ${median})`;
}
