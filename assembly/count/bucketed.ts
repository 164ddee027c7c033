// Counting many values that lie anywhere in a range of up to 24 bits: dealt out to buckets by their upper bits, then counted a bucket
// at a time by the lower ones, whose counters stay in the nearest cache. To sort by both takes a quarter longer where values come again,
// and as long where nearly every row has its own.

const LOWER_BITS: u32 = 12;
const ONE: u64 = 1;
const LOWER_MASK: u32 = (1 << LOWER_BITS) - 1;
const MOST_BUCKETS: usize = 1 << 12;
/** Values in a range of up to as many can be counted. */
export const MOST_BUCKETED: u32 = 1 << 24;

/** Where the next value of each bucket goes; when all are there, where each bucket ends. */
const places = memory.data((1 << 12) * 4, 16);
/** Of the bucket in hand, by the lower bits: how many there are, and a bit for each that there is. All zero between two buckets. */
const counters = memory.data((1 << 12) * 4, 16);
const seen = memory.data((1 << 12) / 8, 16);

/**
 * Lists the different ones of values, shifted right by `shift`, which are from `low` to `low + range - 1` then, the lowest first, and their
 * counts. `lowers` has room for a u16 for each row. Returns how many were listed.
 */
export function countBucketed(
  from: usize,
  rows: u32,
  shift: u32,
  low: u32,
  range: u32,
  lowers: usize,
  values: usize,
  counts: usize,
): u32 {
  const buckets = <usize>((range - 1) >> LOWER_BITS) + 1;
  findPlaces(from, rows, shift, low, buckets);
  dealOut(from, rows, shift, low, lowers);
  let listed: usize = 0;
  let begin = lowers;
  for (let bucket: usize = 0; bucket < buckets; bucket++) {
    const end = lowers + ((<usize>load<u32>(places + (bucket << 2))) << 1);
    if (begin == end) continue;
    const words = countBucket(begin, end);
    listed = listBucket(words, low + ((<u32>bucket) << LOWER_BITS), listed, values, counts);
    begin = end;
  }
  return <u32>(listed >> 2);
}

function findPlaces(from: usize, rows: u32, shift: u32, low: u32, buckets: usize): void {
  memory.fill(places, 0, MOST_BUCKETS << 2);
  for (const end = from + ((<usize>rows) << 2); from < end; from += 4) {
    const place = places + ((<usize>(((load<u32>(from) >> shift) - low) >> LOWER_BITS)) << 2);
    store<u32>(place, load<u32>(place) + 1);
  }
  let sum: u32 = 0;
  for (let place = places, end = places + (buckets << 2); place < end; place += 4) {
    const count = load<u32>(place);
    store<u32>(place, sum);
    sum += count;
  }
}

function dealOut(from: usize, rows: u32, shift: u32, low: u32, lowers: usize): void {
  for (const end = from + ((<usize>rows) << 2); from < end; from += 4) {
    const value = (load<u32>(from) >> shift) - low;
    const place = places + ((<usize>(value >> LOWER_BITS)) << 2);
    const at = load<u32>(place);
    store<u32>(place, at + 1);
    store<u16>(lowers + ((<usize>at) << 1), <u16>(value & LOWER_MASK));
  }
}

/** Returns a bit for each word of `seen` that is not zero then. */
function countBucket(begin: usize, end: usize): u64 {
  let words: u64 = 0;
  for (; begin < end; begin += 2) {
    const lower = <u32>load<u16>(begin);
    const counter = counters + ((<usize>lower) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
    const word: u64 = lower >> 6;
    const bits = seen + ((<usize>word) << 3);
    store<u64>(bits, load<u64>(bits) | (ONE << (<u64>lower)));
    words |= ONE << word;
  }
  return words;
}

/** Lists what the bucket has behind the `listed` bytes of both lists, and clears what it was counted in. */
function listBucket(words: u64, first: u32, listed: usize, values: usize, counts: usize): usize {
  for (; words != 0; words &= words - 1) {
    const word = <usize>ctz(words);
    let bits = load<u64>(seen + (word << 3));
    store<u64>(seen + (word << 3), 0);
    for (; bits != 0; bits &= bits - 1) {
      const lower = (word << 6) + <usize>ctz(bits);
      const counter = counters + (lower << 2);
      store<u32>(values + listed, first + <u32>lower);
      store<u32>(counts + listed, load<u32>(counter));
      store<u32>(counter, 0);
      listed += 4;
    }
  }
  return listed;
}
