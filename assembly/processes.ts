// Lists of processes, as they stand in the MessagePack of a snapshot's metadata (docs/format.md), read without making an object of each: in
// most snapshots that would be most of what is made.
//
// What is not plainly what the format allows is refused, and left to the decoder that can tell what is wrong with it. No byte is read before it is
// known that it is there.

/** In the order in which they are written, so that each mostly comes next. */
const KEYS: StaticArray<string> = [
  'pid',
  'name',
  'path',
  'startUtcMicroseconds',
  'parentPid',
  'user',
  'userName',
  'session',
  'commandLine',
];
const KEY_COUNT: u32 = 9;
const PID: u32 = 0;
const NAME: u32 = 1;
/** Bits of the keys that every process has, of those that are texts, and of the one that needs more than 32 bits. */
const REQUIRED: u32 = 0b000000011;
const TEXTS: u32 = 0b101100110;
const LONG: u32 = 0b000001000;
const MOST_SAFE: u64 = (1 << 53) - 1;

/** What could not be read. */
const REFUSED: u32 = 0xffffffff;

/** What is to be read next, and where the bytes end. */
let at: usize = 0;
let end: usize = 0;
/** Of the process read last: its pid, and where its name stands. */
let pidRead: u32 = 0;
let nameAt: usize = 0;
let nameLength: u32 = 0;

/**
 * Whether the bytes begin with a list of processes. Then `result` gets three u32, its bytes, its processes, and its values with itself; and for each
 * process three more: its pid, and where in the list its name stands, and how many bytes that has. A process takes twelve bytes at least, so these are no more than
 * the list has.
 */
export function checkProcesses(list: usize, bytes: u32, result: usize): bool {
  at = list;
  end = list + <usize>bytes;
  const count = readCount(0x90, 0xdc);
  if (count == REFUSED) return false;
  let values: u32 = 1;
  let to = result + 12;
  for (let i: u32 = 0; i < count; i++, to += 12) {
    const members = readProcess();
    if (members == REFUSED) return false;
    values += 1 + members;
    store<u32>(to, pidRead);
    store<u32>(to, <u32>(nameAt - list), 4);
    store<u32>(to, nameLength, 8);
  }
  store<u32>(result, <u32>(at - list));
  store<u32>(result, count, 4);
  store<u32>(result, values, 8);
  return true;
}

/**
 * Numbers the names of processes of a list, given as checkProcesses writes them. Writes for each two u32, its pid and the number of its name, from 1; 0
 * for no name, and for pid 0, which owns nothing. `names` has for each number two u32, the address and the length of a name; `slots` is a hash table of
 * numbers, 2^`slotBits` u32, at most half full. Up to seven bytes behind the list are read.
 *
 * @param known how many names there are already
 * @returns how many there are then
 */
export function nameProcesses(
  list: usize,
  processes: usize,
  count: u32,
  owners: usize,
  names: usize,
  known: u32,
  slots: usize,
  slotBits: u32,
  seed: u32,
): u32 {
  for (const last = processes + 12 * <usize>count; processes < last; processes += 12, owners += 8) {
    const owner = load<u32>(processes);
    const name = list + <usize>load<u32>(processes, 4);
    const length = load<u32>(processes, 8);
    let number: u32 = 0;
    if (owner != 0 && length != 0) {
      const slot = slotOfName(name, length, names, slots, slotBits, seed);
      number = load<u32>(slot);
      if (number == 0) {
        store<u32>(names + ((<usize>known) << 3), <u32>name);
        store<u32>(names + ((<usize>known) << 3), length, 4);
        number = ++known;
        store<u32>(slot, number);
      }
    }
    store<u32>(owners, owner);
    store<u32>(owners, number, 4);
  }
  return known;
}

/** The slot of a name, or the free one where it belongs. */
function slotOfName(name: usize, length: u32, names: usize, slots: usize, slotBits: u32, seed: u32): usize {
  let hash: u64 = seed;
  for (let i: u32 = 0; i < length; i += 8) {
    hash = (hash ^ wordOf(name, i, length)) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  }
  const mask = ((<u32>1) << slotBits) - 1;
  let place = (<u32>hash) & mask;
  while (true) {
    const slot = slots + ((<usize>place) << 2);
    const number = load<u32>(slot);
    if (number == 0) return slot;
    const known = names + ((<usize>(number - 1)) << 3);
    if (load<u32>(known, 4) == length && isSame(<usize>load<u32>(known), name, length)) return slot;
    place = (place + 1) & mask;
  }
}

function isSame(a: usize, b: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i += 8) if (wordOf(a, i, length) != wordOf(b, i, length)) return false;
  return true;
}

/** Eight bytes of a text, or as many as there are. */
function wordOf(text: usize, from: u32, length: u32): u64 {
  const word = load<u64>(text + <usize>from);
  const rest = length - from;
  return rest >= 8 ? word : word & (((<u64>1) << ((<u64>rest) << 3)) - 1);
}

/** Reads one process. Returns how many members it has, or REFUSED. */
function readProcess(): u32 {
  const members = readCount(0x80, 0xde);
  if (members == REFUSED) return REFUSED;
  let seen: u32 = 0;
  let key: u32 = 0;
  for (let i: u32 = 0; i < members; i++) {
    key = readKey(key);
    const bit = (<u32>1) << key;
    if (key == REFUSED || (seen & bit) != 0) return REFUSED;
    seen |= bit;
    if ((TEXTS & bit) != 0) {
      const length = readText();
      if (length == REFUSED) return REFUSED;
      if (key == NAME) {
        nameAt = at - <usize>length;
        nameLength = length;
      }
    } else {
      const value = readUint();
      if (value > ((LONG & bit) != 0 ? MOST_SAFE : 0xffffffff)) return REFUSED;
      if (key == PID) pidRead = <u32>value;
    }
    key++;
  }
  return (seen & REQUIRED) == REQUIRED ? members : REFUSED;
}

/** Reads one of KEYS, probably `next`. Returns its place, or REFUSED. */
function readKey(next: u32): u32 {
  const length = readLength();
  if (length == REFUSED) return REFUSED;
  for (let i: u32 = 0; i < KEY_COUNT; i++) {
    const place = (next + i) % KEY_COUNT;
    if (!isKey(unchecked(KEYS[place]), length)) continue;
    at += <usize>length;
    return place;
  }
  return REFUSED;
}

/** Whether a text is what stands next. A string's characters have two bytes. */
function isKey(key: string, length: u32): bool {
  if (<u32>key.length != length) return false;
  const characters = changetype<usize>(key);
  for (let i: usize = 0; i < <usize>length; i++) {
    if (<u32>load<u8>(at + i) != <u32>load<u16>(characters + (i << 1))) return false;
  }
  return true;
}

/** Reads the head of an array or a map. Every member takes a byte at least. */
function readCount(short: u32, type16: u32): u32 {
  const type = readByte();
  if (type == REFUSED) return REFUSED;
  if ((type & 0xf0) == short) return type & 0x0f;
  if (type == type16) return <u32>readBytes(2);
  return type == type16 + 1 ? <u32>readBytes(4) : REFUSED;
}

/** Passes over a text. Returns how many bytes it has, or REFUSED. */
function readText(): u32 {
  const length = readLength();
  if (length == REFUSED || !isUtf8(at, at + <usize>length)) return REFUSED;
  at += <usize>length;
  return length;
}

/** Reads the head of a text, which is there then. */
function readLength(): u32 {
  const type = readByte();
  if (type == REFUSED) return REFUSED;
  let length: u32 = REFUSED;
  if ((type & 0xe0) == 0xa0) length = type & 0x1f;
  else if (type >= 0xd9 && type <= 0xdb) length = <u32>min(readBytes((<u32>1) << (type - 0xd9)), REFUSED);
  return length <= <u32>(end - at) ? length : REFUSED;
}

/** An integer that is not negative; of anything else, one that is too large for every key. */
function readUint(): u64 {
  const type = readByte();
  if (type <= 0x7f) return type;
  // What needs more than 32 bits is mostly written as an int 64: one below zero would be a uint 64 that is too large.
  if (type == 0xd3) return readBytes(8);
  return type >= 0xcc && type <= 0xcf ? readBytes((<u32>1) << (type - 0xcc)) : u64.MAX_VALUE;
}

function readByte(): u32 {
  return at < end ? <u32>load<u8>(at++) : REFUSED;
}

/** A number of 1, 2, 4 or 8 bytes, the most significant first; the greatest of 64 bits where they are not there. */
function readBytes(count: u32): u64 {
  if (count > <u32>(end - at)) return u64.MAX_VALUE;
  let value: u64 = 0;
  for (let i: u32 = 0; i < count; i++) value = (value << 8) | load<u8>(at++);
  return value;
}

/** Whether bytes are valid UTF-8: no code point longer than it must be, no surrogate, none above U+10FFFF. */
function isUtf8(from: usize, to: usize): bool {
  while (from < to) {
    if (to - from >= 8 && (load<u64>(from) & 0x8080808080808080) == 0) {
      from += 8;
      continue;
    }
    const first = <u32>load<u8>(from++);
    if (first < 0x80) continue;
    // How many bytes follow, and in which range the first of these must be.
    const more: usize = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (first < 0xc2 || first > 0xf4 || more > to - from) return false;
    const low: u32 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const high: u32 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    const second = <u32>load<u8>(from);
    if (second < low || second > high) return false;
    for (let i: usize = 1; i < more; i++) if ((load<u8>(from + i) & 0xc0) != 0x80) return false;
    from += more;
  }
  return true;
}
