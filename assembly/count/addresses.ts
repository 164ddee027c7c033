// Addresses are wider than what is counted and sorted, and there are mostly far fewer of them than rows: a hash table numbers them as they come,
// so that only the different ones have to be put in order.

/**
 * The addresses of six columns of u32, and for each the bits that count: in rows of IPv4, where the family varies, those of the last word may
 * be others. Where the family is the same in all rows, its address is 0.
 */
@unmanaged
class Columns {
  family: usize;
  first: usize;
  second: usize;
  third: usize;
  last: usize;
  scope: usize;
  firstMask: u32;
  secondMask: u32;
  thirdMask: u32;
  lastMask: u32;
  lastMask4: u32;
  scopeMask: u32;
}

export const ADDRESS_COLUMNS_BYTES: u32 = 48;

/** An address as it is compared: three u64, of words one and two, three and four, the scope id and the family. */
export const ADDRESS_BYTES: u32 = 24;

/** numberAddresses: there are too many for this to be worth it. */
export const TOO_MANY_ADDRESSES: u32 = 0xffffffff;
/** A part of the rows, of which so many in ten may be different for it to go on. */
const TRIED: u32 = 3;
const TRIED_TENTHS: u32 = 9;
const ALWAYS: u32 = 256;

const FAMILY_IPV4: u32 = 4;

/** Rows taken at a time: the memory that they need is asked for in advance, for all of them at once. */
const BLOCK_ROWS: u32 = 64;
/** What a row of the block is looked for by. */
@unmanaged
class Wanted {
  upper: u64;
  lower: u64;
  rest: u64;
  hash: u64;
}
/** As many addresses are in a cache anyway. */
const UNTOUCHED: u32 = 4096;
const WANTED_BYTES: u32 = 32;
const block = memory.data(64 * 32, 16);
/** Keeps slots from being read for nothing, as far as a compiler can see. */
const touched = memory.data(8, 8);

/**
 * Numbers the different addresses from 0 on, in the order in which they come. Writes the number of each row to `numbers`, and to
 * `members` the first row of each. There are 2^`slotBits` slots of eight bytes, which are zero: at least twice as many as addresses that fit
 * into `addresses` and `members`, which are `limit`.
 *
 * @returns how many there are, or TOO_MANY_ADDRESSES
 */
export function numberAddresses(
  columns: usize,
  rows: u32,
  slots: usize,
  slotBits: u32,
  limit: u32,
  addresses: usize,
  numbers: usize,
  members: usize,
): u32 {
  const table = changetype<Columns>(columns);
  const slotMask = ((<u32>1) << slotBits) - 1;
  const tried = (rows >> TRIED) & ~(BLOCK_ROWS - 1);
  let found: u32 = 0;
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    if (first == tried && isMostlyDifferent(found, first)) return TOO_MANY_ADDRESSES;
    const size = min(BLOCK_ROWS, rows - first);
    readBlock(table, first, size);
    if (found > UNTOUCHED) touchBlock(size, slots, slotMask, addresses);
    for (let i: u32 = 0; i < size; i++) {
      const wanted = wantedAt(i);
      let slot = slotOf(wanted, slotMask);
      let held = load<u64>(slots + slot);
      while (held != 0 && !isSame(addresses, held, wanted)) {
        slot = (slot + 8) & (((<usize>slotMask) << 3) | 7);
        held = load<u64>(slots + slot);
      }
      if (held == 0) {
        if (found == limit) return TOO_MANY_ADDRESSES;
        store<u32>(members + ((<usize>found) << 2), first + i);
        const place = addresses + <usize>found * ADDRESS_BYTES;
        store<u64>(place, wanted.upper);
        store<u64>(place, wanted.lower, 8);
        store<u64>(place, wanted.rest, 16);
        held = (wanted.hash << 32) | (<u64>++found);
        store<u64>(slots + slot, held);
      }
      store<u32>(numbers + ((<usize>(first + i)) << 2), <u32>held - 1);
    }
  }
  return found;
}

function isMostlyDifferent(found: u32, rows: u32): bool {
  return found > ALWAYS && found > (rows / 10) * TRIED_TENTHS;
}

function wantedAt(i: u32): Wanted {
  return changetype<Wanted>(block + <usize>i * WANTED_BYTES);
}

function readBlock(columns: Columns, first: u32, size: u32): void {
  const upperMask = pair(columns.firstMask, columns.secondMask);
  if ((columns.thirdMask | columns.lastMask | columns.lastMask4 | columns.scopeMask) == 0) {
    readUpper(columns, first, size, upperMask);
    return;
  }
  if (columns.family == 0 && columns.scopeMask == 0) {
    readWords(columns, first, size, upperMask);
    return;
  }
  const familyColumn = columns.family == 0 ? columns.first : columns.family;
  const familyMask: u32 = columns.family == 0 ? 0 : 0xffffffff;
  for (let i: u32 = 0; i < size; i++) {
    const at = (<usize>(first + i)) << 2;
    const family = load<u32>(familyColumn + at) & familyMask;
    const lastMask = select(columns.lastMask4, columns.lastMask, family == FAMILY_IPV4);
    const upper = pair(load<u32>(columns.first + at), load<u32>(columns.second + at)) & upperMask;
    const lower = pair(
      load<u32>(columns.third + at) & columns.thirdMask,
      load<u32>(columns.last + at) & lastMask,
    );
    const rest = pair(load<u32>(columns.scope + at) & columns.scopeMask, family);
    setWanted(i, upper, lower, rest);
  }
}

function setWanted(i: u32, upper: u64, lower: u64, rest: u64): void {
  const wanted = wantedAt(i);
  wanted.upper = upper;
  wanted.lower = lower;
  wanted.rest = rest;
  wanted.hash = hashOf(upper, lower, rest);
}

/** Where all rows have the same family and scope, only the words have to be read. */
function readWords(columns: Columns, first: u32, size: u32, upperMask: u64): void {
  const lowerMask = pair(columns.thirdMask, columns.lastMask);
  let firstWord = columns.first + ((<usize>first) << 2);
  let second = columns.second + ((<usize>first) << 2);
  let third = columns.third + ((<usize>first) << 2);
  let last = columns.last + ((<usize>first) << 2);
  for (let i: u32 = 0; i < size; i++) {
    const upper = pair(load<u32>(firstWord), load<u32>(second)) & upperMask;
    const lower = pair(load<u32>(third), load<u32>(last)) & lowerMask;
    setWanted(i, upper, lower, 0);
    firstWord += 4;
    second += 4;
    third += 4;
    last += 4;
  }
}

/** Of networks of up to 64 bits, nothing else has to be read. */
function readUpper(columns: Columns, first: u32, size: u32, upperMask: u64): void {
  const familyColumn = columns.family == 0 ? columns.first : columns.family;
  const familyMask: u32 = columns.family == 0 ? 0 : 0xffffffff;
  for (let i: u32 = 0; i < size; i++) {
    const at = (<usize>(first + i)) << 2;
    const upper = pair(load<u32>(columns.first + at), load<u32>(columns.second + at)) & upperMask;
    setWanted(i, upper, 0, pair(0, load<u32>(familyColumn + at) & familyMask));
  }
}

/** Reads what comparisons will need, so that a processor fetches it for many rows at a time. */
function touchBlock(size: u32, slots: usize, slotMask: u32, addresses: usize): void {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < size; i++) sum += load<u64>(slots + slotOf(wantedAt(i), slotMask));
  for (let i: u32 = 0; i < size; i++) {
    const number = max<u32>(<u32>load<u64>(slots + slotOf(wantedAt(i), slotMask)), 1) - 1;
    sum += load<u64>(addresses + <usize>number * ADDRESS_BYTES);
  }
  store<u64>(touched, sum);
}

function pair(low: u32, high: u32): u64 {
  return (<u64>low) | ((<u64>high) << 32);
}

function hashOf(upper: u64, lower: u64, rest: u64): u64 {
  let hash = upper * 0x9e3779b97f4a7c15;
  hash = (hash ^ (hash >> 29) ^ lower) * 0xc2b2ae3d27d4eb4f;
  hash = (hash ^ (hash >> 32) ^ rest) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 31);
}

/** The offset of the first slot where an address can be. */
function slotOf(wanted: Wanted, slotMask: u32): usize {
  return (<usize>((<u32>(wanted.hash >> 32)) & slotMask)) << 3;
}

/** Whether a slot, which has the lower half of the hash above the address's number from 1 on, is of this address. */
function isSame(addresses: usize, held: u64, wanted: Wanted): bool {
  if (<u32>(held >> 32) != <u32>wanted.hash) return false;
  const place = addresses + <usize>(<u32>held - 1) * ADDRESS_BYTES;
  return (
    load<u64>(place) == wanted.upper &&
    load<u64>(place, 8) == wanted.lower &&
    load<u64>(place, 16) == wanted.rest
  );
}

/** Replaces each number by what a table has for it. */
export function replaceNumbers(numbers: usize, rows: u32, table: usize): void {
  for (let at = numbers, end = numbers + ((<usize>rows) << 2); at < end; at += 4) {
    store<u32>(at, load<u32>(table + ((<usize>load<u32>(at)) << 2)));
  }
}
