// Keys of few values that lie far apart: three local addresses, a handful of server ports, a field that is the same in all
// rows but a few. Their bits would fill most of the window and tell little. Where a sample of the rows shows only a few
// values, the window shows codes instead:
//
//   values       22        80        443
//   codes     0   1    2    3    4    5    6        one for each value, and one for all that is between two of them
//
// Codes have the order of the values. Rows with the same odd code have the same value; rows with the same even code, whose
// values no sampled row had, need to be compared in full.

import { Job } from './job';
import { aimKeys, Key, keyAt, valueAt } from './keys';
import { codeOf, valuesOf } from './pack';
import { sampledPlace } from './sample';

/** Every value that has a code takes time in every row. */
const FEW_VALUES: u32 = 7;
/** So many are worth their time where nothing less makes all keys fit into the window. */
const MORE_VALUES: u32 = 15;
/** Codes are looked up for every row: where the window shows all bits without them, they must save as many as this. */
const MUCH: u32 = 16;
/** In tables of so many rows, it is the sample that takes time. */
const SMALL: u32 = 1024;
const SAMPLED_ROWS: u32 = 512;

/** Different values of a sample, up to MORE_VALUES. */
const FOUND_BYTES: usize = 64;
const found = memory.data(64, 16);

/** Puts the window on codes, for keys where these take fewer bits. Returns the bits of all; 0, and nothing done, if for none. */
export function codeKeys(job: Job): u32 {
  let bits = findCodes(job, FEW_VALUES);
  if (bits > 64 && job.rows > SMALL) bits = findCodes(job, MORE_VALUES);
  const isWorthIt = job.bits > 64 || job.rows <= SMALL ? bits < job.bits : bits + MUCH <= job.bits;
  if (isWorthIt) aimCodes(job.keys, job.keyCount, 0);
  else aimKeys(job.keys, job.keyCount, 0);
  return isWorthIt ? bits : 0;
}

/** Notes the values of keys that have no more than `limit`. Returns the bits of all keys then. */
function findCodes(job: Job, limit: u32): u32 {
  let bits: u32 = 0;
  for (let i: u32 = 0; i < job.keyCount; i++) {
    const key = keyAt(job.keys, i);
    if (key.width > 2) findValues(key, job.rows, limit);
    bits += shownBits(key);
  }
  return bits;
}

function shownBits(key: Key): u32 {
  return key.values == 0 ? key.width : bitsOfCodes(key.values);
}

function bitsOfCodes(values: u32): u32 {
  return 32 - <u32>clz(2 * values);
}

/** Notes the values that sampled rows have, ascending, if codes of them take fewer bits than the key has. */
function findValues(key: Key, rows: u32, limit: u32): void {
  key.values = 0;
  const size = min(SAMPLED_ROWS, 32 + (rows >> 4));
  // Places that hold no value yet hold the first one.
  v128.store(found, i32x4.splat(valueAt(key, sampledPlace(rows, size, 0)) ^ key.flip));
  for (let at: usize = 16; at < FOUND_BYTES; at += 16) v128.store(found + at, v128.load(found));
  let count: u32 = 1;
  for (let i: u32 = 1; i < size; i++) {
    const value = valueAt(key, sampledPlace(rows, size, i)) ^ key.flip;
    if (isFound(value)) continue;
    if (count == limit) return;
    store<u32>(found + ((<usize>count) << 2), value);
    count++;
  }
  if (bitsOfCodes(count) >= key.width) return;
  sortInto(valuesOf(key), count);
  key.values = count;
}

function isFound(value: u32): bool {
  const four = i32x4.splat(value);
  let equal = i32x4.eq(v128.load(found), four);
  for (let at: usize = 16; at < FOUND_BYTES; at += 16) {
    equal = v128.or(equal, i32x4.eq(v128.load(found + at), four));
  }
  return v128.any_true(equal);
}

/** Writes the values that were found, ascending. */
function sortInto(values: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<u32>(found + ((<usize>i) << 2));
    let at = values + ((<usize>i) << 2);
    for (; at > values && load<u32>(at - 4) > value; at -= 4) store<u32>(at, load<u32>(at - 4));
    store<u32>(at, value);
  }
}

/** Moves a window that shows codes so that its top bit is the one that has `offset` others above it. */
export function aimCodes(keys: usize, count: u32, offset: u32): void {
  const end = offset + 64;
  let above: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const key = keyAt(keys, i);
    const below = above + shownBits(key);
    const from = max(above, offset);
    const to = min(below, end);
    above = below;
    key.mask = 0;
    if (from >= to) continue;
    key.shift = (key.values > 0 ? 0 : key.low) + below - to;
    key.mask = <u32>(0xffffffff >> (32 - (to - from)));
    key.position = end - to;
  }
}

/**
 * Bits of a window that are zero in a row where a code does not tell the value, since less significant keys are then left
 * out: the lowest bit of the last code that is shown in full, and all bits below it. The lowest `drop` bits are not shown.
 */
export function exactBits(keys: usize, count: u32, drop: u32): u64 {
  let exact: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const key = keyAt(keys, i);
    if (key.values == 0 || key.mask == 0 || key.shift > 0 || key.position < drop) continue;
    exact = ((<u64>2) << (<u64>key.position)) - 1;
  }
  return (exact >> (<u64>drop)) << (<u64>drop);
}

/**
 * The number of the first key of which rows that are equal to this one in the window's first `seen` bits may differ. `isExact`:
 * its codes are known to tell the values.
 */
export function firstHidden(job: Job, row: u32, seen: u32, isExact: bool): u32 {
  let bits: u32 = 0;
  for (let i: u32 = 0; i < job.keyCount; i++) {
    const key = keyAt(job.keys, i);
    if (!isExact && key.values > 0 && (codeOf(key, valueAt(key, row)) & 1) == 0) return i;
    bits += shownBits(key);
    if (bits > seen) return i;
  }
  return job.keyCount;
}
