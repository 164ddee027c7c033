/** 1601-01-01, where FILETIME begins, to 1970-01-01, in units of 100 ns. */
export const FILETIME_OF_1970 = 116_444_736_000_000_000n;

const TICKS_PER_MICROSECOND = 10;
const WORD = 2 ** 32;
const MICROSECONDS_TO_1970 = Number(FILETIME_OF_1970) / TICKS_PER_MICROSECOND;

/** Microseconds since 1970 of a FILETIME, given as its upper and lower word. Exact for any date that a calendar has. */
export function fileTimeMicroseconds(high: number, low: number): number {
  const upper = Math.floor(high / TICKS_PER_MICROSECOND) - Math.floor(MICROSECONDS_TO_1970 / WORD);
  const lower = Math.floor(((high % TICKS_PER_MICROSECOND) * WORD + low) / TICKS_PER_MICROSECOND);
  return upper * WORD + (lower - (MICROSECONDS_TO_1970 % WORD));
}

/** The first FILETIME of a microsecond since 1970. */
export function firstFileTime(microseconds: number): bigint {
  return BigInt(microseconds) * BigInt(TICKS_PER_MICROSECOND) + FILETIME_OF_1970;
}
