// Rows as text: CSV, or a JSON object a line. A row is a list of parts; each is a text that stands before the value
// (a comma, `","localPort":`), and a value: a number, an address, a name, or none. The caller makes the parts, and a
// buffer that has room for the longest rows there can be.
//
// A part is eight u32:
//
//   what kind of value, its column, bytes of a value (2 or 4), the text before it and its length,
//   for names: entries of two u32 (address of the name, 0 if the value has none; length), how many, unused

export const TEXT_NONE: u32 = 0;
export const TEXT_NUMBER: u32 = 1;
export const TEXT_ADDRESS: u32 = 2;
export const TEXT_NAME: u32 = 3;

export const TEXT_PART_BYTES: u32 = 32;
/** Texts are copied in pieces of 16 bytes, and numbers stored whole: what may be written behind the last row, and read behind a text. */
export const TEXT_SLACK_BYTES: u32 = 32;

@unmanaged
class Part {
  kind: u32;
  column: usize;
  valueBytes: u32;
  before: usize;
  beforeLength: u32;
  names: usize;
  nameCount: u32;
  unused: u32;
}

/** The digits of 0 to 99, two bytes each. */
const pairs = memory.data(200, 16);
/** The digits of 0 to 255 and a dot, left-aligned in four bytes; the length with the dot, 2 to 4, beside it. */
const octets = memory.data(256 * 8, 16);

const UNKNOWN_TEXT = memory.data<u8>([85, 78, 75, 78, 79, 87, 78, 40, 0, 0, 0, 0, 0, 0, 0, 0], 16); // "UNKNOWN("

function makeTables(): void {
  for (let i: u32 = 0; i < 100; i++) {
    store<u8>(pairs + ((<usize>i) << 1), 48 + i / 10);
    store<u8>(pairs + ((<usize>i) << 1), 48 + (i % 10), 1);
  }
  for (let i: u32 = 0; i < 256; i++) {
    const at = octets + ((<usize>i) << 3);
    const end = writeNumber(at, i);
    store<u8>(end, 46);
    store<u32>(at, <u32>(end - at) + 1, 4);
  }
}

// Once, when the module is instantiated.
makeTables();

/**
 * Writes `count` rows as text to `text`: those whose numbers stand at `rows`, or, where that is 0, those from `first` on.
 *
 * @returns bytes written
 */
export function formatRows(
  parts: usize,
  partCount: u32,
  rows: usize,
  first: u32,
  count: u32,
  text: usize,
): u32 {
  let to = text;
  for (let i: u32 = 0; i < count; i++) {
    const row = rows == 0 ? first + i : load<u32>(rows + ((<usize>i) << 2));
    for (let p: u32 = 0; p < partCount; p++) {
      const part = changetype<Part>(parts + <usize>p * TEXT_PART_BYTES);
      to = copyText(to, part.before, part.beforeLength);
      if (part.kind == TEXT_NONE) continue;
      const value =
        part.valueBytes == 2
          ? <u32>load<u16>(part.column + ((<usize>row) << 1))
          : load<u32>(part.column + ((<usize>row) << 2));
      if (part.kind == TEXT_NUMBER) to = writeNumber(to, value);
      else if (part.kind == TEXT_ADDRESS) to = writeAddress(to, value);
      else to = writeName(to, value, part);
    }
  }
  return <u32>(to - text);
}

function copyText(to: usize, from: usize, length: u32): usize {
  v128.store(to, v128.load(from));
  for (let copied: u32 = 16; copied < length; copied += 16) {
    v128.store(to + copied, v128.load(from + copied));
  }
  return to + length;
}

function writeName(to: usize, value: u32, part: Part): usize {
  if (value < part.nameCount) {
    const entry = part.names + ((<usize>value) << 3);
    const name = <usize>load<u32>(entry);
    if (name != 0) return copyText(to, name, load<u32>(entry, 4));
  }
  const end = writeNumber(copyText(to, UNKNOWN_TEXT, 8), value);
  store<u8>(end, 41);
  return end + 1;
}

function writeAddress(to: usize, address: u32): usize {
  to = writeOctet(to, address >> 24);
  to = writeOctet(to, (address >> 16) & 255);
  to = writeOctet(to, (address >> 8) & 255);
  // The last one has no dot.
  return writeOctet(to, address & 255) - 1;
}

function writeOctet(to: usize, octet: u32): usize {
  const entry = octets + ((<usize>octet) << 3);
  store<u32>(to, load<u32>(entry));
  return to + load<u32>(entry, 4);
}

function writeNumber(to: usize, value: u32): usize {
  if (value < 10) return writeOne(to, value);
  if (value < 100) return writeTwo(to, value);
  if (value < 10000) return writeFour(to, value);
  if (value < 100000000) {
    const high = value / 10000;
    to = high < 10 ? writeOne(to, high) : high < 100 ? writeTwo(to, high) : writeFour(to, high);
    return writeAllFour(to, value - high * 10000);
  }
  const high = value / 100000000;
  const low = value - high * 100000000;
  to = high < 10 ? writeOne(to, high) : writeTwo(to, high);
  to = writeAllFour(to, low / 10000);
  return writeAllFour(to, low % 10000);
}

function pair(value: u32): u16 {
  return load<u16>(pairs + ((<usize>value) << 1));
}

function writeOne(to: usize, digit: u32): usize {
  store<u8>(to, 48 + digit);
  return to + 1;
}

function writeTwo(to: usize, value: u32): usize {
  store<u16>(to, pair(value));
  return to + 2;
}

/** 100 to 9999, without leading zeros. */
function writeFour(to: usize, value: u32): usize {
  const high = value / 100;
  to = high < 10 ? writeOne(to, high) : writeTwo(to, high);
  return writeTwo(to, value - high * 100);
}

/** Four digits, zeros in front included. */
function writeAllFour(to: usize, value: u32): usize {
  const high = value / 100;
  store<u16>(to, pair(high));
  store<u16>(to, pair(value - high * 100), 2);
  return to + 4;
}
