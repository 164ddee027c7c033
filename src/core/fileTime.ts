import { formatUtc } from './text/time.js';

/** 1601-01-01, where FILETIME begins, to 1970-01-01, in units of 100 ns. */
export const FILETIME_OF_1970 = 116_444_736_000_000_000n;

const TICKS_PER_MICROSECOND = 10n;
const TICKS_TO_YEAR_10000 = 2_650_467_744_000_000_000n;

/** A FILETIME, given as its upper and lower word. */
function fileTimeOf(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Microseconds since 1970 of a FILETIME, whole ones below. */
export function fileTimeMicroseconds(high: number, low: number): bigint {
  return fileTimeOf(high, low) / TICKS_PER_MICROSECOND - FILETIME_OF_1970 / TICKS_PER_MICROSECOND;
}

/** The first FILETIME of a microsecond since 1970. */
export function firstFileTime(microseconds: number): bigint {
  return BigInt(microseconds) * TICKS_PER_MICROSECOND + FILETIME_OF_1970;
}

/** `2026-11-23T19:01:35.123456Z`; what no calendar has is the number that it is, `FILETIME 9223372036854775807`. */
export function formatFileTime(high: number, low: number): string {
  const ticks = fileTimeOf(high, low);
  return ticks < TICKS_TO_YEAR_10000 ? formatUtc(fileTimeMicroseconds(high, low)) : `FILETIME ${ticks}`;
}
