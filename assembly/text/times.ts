// A FILETIME (100 ns since 1601-01-01) as text: `2026-11-23T19:01:35.123456Z`. What lies behind the year 9999 is no time that anything was created
// at, and is written as the number that it is: `FILETIME 9223372036854775807`.

import { writeAnyNumber } from './values';

const TICKS_PER_MICROSECOND: u64 = 10;
const MICROSECONDS_PER_DAY: u64 = 86_400_000_000;
/** From 1601-01-01 to 10000-01-01. */
const DAYS: u64 = 3_067_671;
export const TIME_LENGTH: u32 = 27;
/** `FILETIME ` */
const PREFIX: u64 = 0x454d4954454c4946;
const PREFIX_LENGTH: u32 = 9;

export function writeTime(to: usize, high: u32, low: u32): usize {
  const ticks = ((<u64>high) << 32) | (<u64>low);
  const microseconds = ticks / TICKS_PER_MICROSECOND;
  const days = microseconds / MICROSECONDS_PER_DAY;
  if (days >= DAYS) return writeTicks(to, ticks);
  const rest = microseconds - days * MICROSECONDS_PER_DAY;
  writeDate(to, <u32>days);
  const seconds = <u32>(rest / 1_000_000);
  const fraction = <u32>(rest - <u64>seconds * 1_000_000);
  store<u8>(to, 84, 10);
  writeTwo(to + 11, seconds / 3600);
  store<u8>(to, 58, 13);
  writeTwo(to + 14, (seconds / 60) % 60);
  store<u8>(to, 58, 16);
  writeTwo(to + 17, seconds % 60);
  store<u8>(to, 46, 19);
  writeTwo(to + 20, fraction / 10000);
  writeTwo(to + 22, (fraction / 100) % 100);
  writeTwo(to + 24, fraction % 100);
  store<u8>(to, 90, 26);
  return to + TIME_LENGTH;
}

export function lengthOfTime(high: u32, low: u32): u32 {
  const ticks = ((<u64>high) << 32) | (<u64>low);
  if (ticks / TICKS_PER_MICROSECOND / MICROSECONDS_PER_DAY < DAYS) return TIME_LENGTH;
  let length = PREFIX_LENGTH + 1;
  for (let rest = ticks; rest > 9; rest /= 10) length++;
  return length;
}

/** The date of a day since 1601-01-01. Years are taken to begin in March, so that the day which some of them lack is their last. */
function writeDate(to: usize, days: u32): void {
  // From 1600-03-01; 400 years have 146,097 days, and all begin alike.
  const shifted = days + 306;
  const era = shifted / 146097;
  const day = shifted - era * 146097;
  const yearOfEra = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  const dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const month = (5 * dayOfYear + 2) / 153;
  const year = 1600 + 400 * era + yearOfEra + u32(month >= 10);
  writeTwo(to, year / 100);
  writeTwo(to + 2, year % 100);
  store<u8>(to, 45, 4);
  writeTwo(to + 5, month < 10 ? month + 3 : month - 9);
  store<u8>(to, 45, 7);
  writeTwo(to + 8, dayOfYear - (153 * month + 2) / 5 + 1);
}

/** A number below 100, in two digits. */
function writeTwo(to: usize, value: u32): void {
  const tens = (value * 103) >> 10;
  store<u16>(to, <u16>(0x3030 + tens + ((value - tens * 10) << 8)));
}

function writeTicks(to: usize, ticks: u64): usize {
  store<u64>(to, PREFIX);
  store<u8>(to, 32, 8);
  to += PREFIX_LENGTH;
  // The number is above 10¹⁸: three pieces, of which the last two have nine digits.
  const upper = ticks / 1_000_000_000;
  to = writeAnyNumber(to, <u32>(upper / 1_000_000_000));
  to = writeNine(to, <u32>(upper % 1_000_000_000));
  return writeNine(to, <u32>(ticks % 1_000_000_000));
}

/** A number below 1,000,000,000, in nine digits. */
function writeNine(to: usize, value: u32): usize {
  for (let at = to + 8; at >= to; at--) {
    store<u8>(at, <u8>(48 + (value % 10)));
    value /= 10;
  }
  return to + 9;
}
