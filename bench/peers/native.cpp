// Native peers: from the bytes of a MIB_TCPTABLE2 to the row numbers in the documented order, from memory to memory.
//
// A key is 128 bits: the 96 bits that rows are ordered by, and the row number below them, so that no two are equal and
// every sort is stable:
//
//   high                                   low
//   ┌───────────────┬───────┬─────────────┬─────────────┬───────┬───────────────┐
//   │ local address │ lport │ remote, top │ remote, low │ rport │ row number    │
//   │ 32            │ 16    │ 16          │ 16          │ 16    │ 32            │
//   └───────────────┴───────┴─────────────┴─────────────┴───────┴───────────────┘
//
// Working memory is kept from call to call, so that no call pays for its first touch.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

constexpr size_t FIRST_ROW = 4;
constexpr size_t ROW_BYTES = 28;
constexpr int KEY_BITS = 96;
constexpr int ROW_NUMBER_BITS = 32;

struct Key {
  uint64_t low;
  uint64_t high;

  bool operator<(const Key &other) const {
    return high != other.high ? high < other.high : low < other.low;
  }
};

std::vector<Key> keys;
std::vector<Key> scratch;

template <typename Value> Value load(const uint8_t *at) {
  Value value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

Key decode(const uint8_t *row, uint32_t number) {
  const uint64_t local = __builtin_bswap32(load<uint32_t>(row + 4));
  const uint64_t lport = __builtin_bswap16(load<uint16_t>(row + 8));
  const uint64_t remote = __builtin_bswap32(load<uint32_t>(row + 12));
  const uint64_t rport = __builtin_bswap16(load<uint16_t>(row + 16));
  return {remote << 48 | rport << 32 | number, local << 32 | lport << 16 | remote >> 16};
}

uint32_t reserve(const uint8_t *table, bool needs_scratch) {
  const uint32_t rows = load<uint32_t>(table);
  if (keys.size() < rows) keys.resize(rows);
  if (needs_scratch && scratch.size() < rows) scratch.resize(rows);
  return rows;
}

/** The digit of a key that begins `bit` bits above the row number. */
template <int DIGIT_BITS> uint32_t digit(const Key &key, int bit) {
  const int shift = bit + ROW_NUMBER_BITS;
  const uint64_t bits = shift >= 64 ? key.high >> (shift - 64) : key.low >> shift | key.high << (64 - shift);
  return bits & ((1u << DIGIT_BITS) - 1);
}

/**
 * Least significant digit first. All digits are counted while decoding; those that are the same in every row are skipped;
 * the last pass writes row numbers only.
 */
template <int DIGIT_BITS> void order_radix(const uint8_t *table, uint32_t *order) {
  constexpr int DIGITS = (KEY_BITS + DIGIT_BITS - 1) / DIGIT_BITS;
  constexpr size_t VALUES = size_t{1} << DIGIT_BITS;
  static uint32_t counts[DIGITS][VALUES];

  const uint32_t rows = reserve(table, true);
  if (rows == 0) return;
  std::memset(counts, 0, sizeof counts);
  Key *from = keys.data();
  Key *to = scratch.data();
  const uint8_t *row = table + FIRST_ROW;
  for (uint32_t i = 0; i < rows; i++, row += ROW_BYTES) {
    const Key key = decode(row, i);
    from[i] = key;
#pragma GCC unroll 16
    for (int d = 0; d < DIGITS; d++) counts[d][digit<DIGIT_BITS>(key, d * DIGIT_BITS)]++;
  }

  int varying[DIGITS];
  int passes = 0;
  for (int d = 0; d < DIGITS; d++) {
    if (counts[d][digit<DIGIT_BITS>(from[0], d * DIGIT_BITS)] != rows) varying[passes++] = d;
  }
  if (passes == 0) {
    for (uint32_t i = 0; i < rows; i++) order[i] = i;
    return;
  }
  for (int p = 0; p < passes; p++) {
    uint32_t *places = counts[varying[p]];
    uint32_t sum = 0;
    for (size_t value = 0; value < VALUES; value++) {
      const uint32_t count = places[value];
      places[value] = sum;
      sum += count;
    }
    const int bit = varying[p] * DIGIT_BITS;
    if (p == passes - 1) {
      for (uint32_t i = 0; i < rows; i++) {
        order[places[digit<DIGIT_BITS>(from[i], bit)]++] = static_cast<uint32_t>(from[i].low);
      }
    } else {
      for (uint32_t i = 0; i < rows; i++) to[places[digit<DIGIT_BITS>(from[i], bit)]++] = from[i];
      std::swap(from, to);
    }
  }
}

} // namespace

extern "C" {

void copy_bytes(const uint8_t *from, uint8_t *to, uint32_t length) { std::memcpy(to, from, length); }

void order_std_sort(const uint8_t *table, uint32_t *order) {
  const uint32_t rows = reserve(table, false);
  const uint8_t *row = table + FIRST_ROW;
  for (uint32_t i = 0; i < rows; i++, row += ROW_BYTES) keys[i] = decode(row, i);
  std::sort(keys.begin(), keys.begin() + rows);
  for (uint32_t i = 0; i < rows; i++) order[i] = static_cast<uint32_t>(keys[i].low);
}

void order_radix_8(const uint8_t *table, uint32_t *order) { order_radix<8>(table, order); }

void order_radix_11(const uint8_t *table, uint32_t *order) { order_radix<11>(table, order); }
}
