// How long the text of rows will be, without making it: so the caller can have a buffer of exactly that length.
import {
  endOfParts,
  firstPart,
  Part,
  takeBlock,
  TEXT_ADDRESS,
  TEXT_BLOCK_ROWS,
  TEXT_NAME,
  TEXT_NONE,
  TEXT_NUMBER_U16,
  TEXT_NUMBER_U32,
  TEXT_PART_BYTES,
} from './program';
import { lengthOfNumber } from './values';
import { measureWide } from './wideValues';

/** How many bytes formatRows would write for these rows, if there were no limit. A double, because they can be more than 4 GiB. */
export function measureRows(program: usize, gathered: usize, rows: usize, first: u32, count: u32): f64 {
  const end = endOfParts(program);
  let total: u64 = 0;
  for (let done: u32 = 0; done < count; done += TEXT_BLOCK_ROWS) {
    const size = min(TEXT_BLOCK_ROWS, count - done);
    takeBlock(program, rows, first + done, size, gathered);
    for (let at = firstPart(program); at < end; at += TEXT_PART_BYTES) {
      const part = changetype<Part>(at);
      total += <u64>part.afterLength * size + measureValues(program, part, size);
    }
  }
  return <f64>total;
}

function measureValues(program: usize, part: Part, count: u32): u64 {
  const values = part.values;
  switch (part.kind) {
    case TEXT_ADDRESS:
      return 3 * count + countDigits<u8>(values, 4 * count);
    case TEXT_NUMBER_U16:
      return countDigits<u16>(values, count);
    case TEXT_NUMBER_U32:
      return countDigits<u32>(values, count);
    case TEXT_NAME:
      return measureNames(program, part, count);
    case TEXT_NONE:
      return 0;
    default:
      return measureWide(program, part, count);
  }
}

/** Each number has a digit, and one more for each of 10, 100, 1000… that it reaches. */
function countDigits<Value>(values: usize, count: u32): u32 {
  let digits = count;
  for (let limit: u64 = 9; limit >> (8 * sizeof<Value>()) == 0; limit = 10 * limit + 9) {
    const longer = countAbove<Value>(values, count, <Value>limit);
    if (longer == 0) break;
    digits += longer;
  }
  return digits;
}

function countAbove<Value>(values: usize, count: u32, limit: Value): u32 {
  const lanes: u32 = 16 / sizeof<Value>();
  const limits = v128.splat<Value>(limit);
  let above: u32 = 0;
  let i: u32 = 0;
  for (; i + lanes <= count; i += lanes) {
    const value = v128.load(values + <usize>i * sizeof<Value>());
    above += popcnt(v128.bitmask<Value>(v128.gt<Value>(value, limits)));
  }
  for (; i < count; i++) above += u32(load<Value>(values + <usize>i * sizeof<Value>()) > limit);
  return above;
}

function measureNames(program: usize, part: Part, count: u32): u64 {
  const entries = program + part.names;
  let length: u64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<u32>(part.values + (i << 2));
    const entry = value < part.nameCount ? load<u64>(entries + ((<usize>value) << 3)) : 0;
    length += entry != 0 ? entry >> 32 : measureUnknown(entries, part, value);
  }
  return length;
}

function measureUnknown(entries: usize, part: Part, value: u32): u64 {
  const texts = entries + ((<usize>part.nameCount) << 3);
  if (part.isNone(value)) return load<u32>(texts + ((<usize>part.unknownTexts) << 3), 4);
  let length: u64 = 0;
  for (let n: u32 = 0; n < part.unknownTexts; n++) {
    length += load<u32>(texts + ((<usize>n) << 3), 4);
  }
  return length + <u64>(part.unknownTexts - 1) * lengthOfNumber(value);
}
