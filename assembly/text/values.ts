// Single values as text. Each method writes a value at `to` and returns where the next text goes. Stores are of whole words and
// vectors, whatever the length of the text: what they write behind it is written over by what follows. The caller's buffer has
// TEXT_SLACK_BYTES behind the last text for that.

/** `00000` */
const FIVE_ZEROS: u64 = 0x3030303030;

/** The digits of 0 to 255 and a dot, left-aligned in four bytes; the length with the dot, 2 to 4, beside it. */
const octets = memory.data(256 * 8, 16);

function makeOctets(): void {
  for (let octet: u32 = 0; octet < 256; octet++) {
    const at = octets + ((<usize>octet) << 3);
    const end = writeAnyNumber(at, octet);
    store<u8>(end, 46);
    store<u32>(at, <u32>(end - at) + 1, 4);
  }
}

// Once, when the module is instantiated.
makeOctets();

/** Methods, because a method can be marked to become part of its caller; calls would take a third of the time. */
// oxlint-disable-next-line typescript/no-extraneous-class -- AssemblyScript's decorators are no syntax for functions
export class Values {
  /** Copies 16 bytes at a time; 15 bytes behind the text may be read and written. */
  @inline
  static writeText(to: usize, text: usize, length: u32): usize {
    v128.store(to, v128.load(text));
    if (length > 16) {
      v128.store(to, v128.load(text, 16), 16);
      for (let copied: u32 = 32; copied < length; copied += 16) {
        v128.store(to + copied, v128.load(text + copied));
      }
    }
    return to + length;
  }

  /** Dotted decimal; the most significant byte is the first octet. */
  @inline
  static writeAddress(to: usize, address: u32): usize {
    to = Values.writeOctet(to, address >> 24);
    to = Values.writeOctet(to, (address >> 16) & 255);
    to = Values.writeOctet(to, (address >> 8) & 255);
    // The last one has no dot.
    return Values.writeOctet(to, address & 255) - 1;
  }

  @inline
  static writeByte(to: usize, byte: u32): usize {
    store<u8>(to, <u8>byte);
    return to + 1;
  }

  @inline
  private static writeOctet(to: usize, octet: u32): usize {
    const entry = load<u64>(octets + ((<usize>octet) << 3));
    store<u32>(to, <u32>entry);
    return to + <usize>(entry >> 32);
  }

  /** Numbers of up to five digits, as most are, become part of the caller. */
  @inline
  static writeNumber(to: usize, value: u32): usize {
    return value < 100000 ? Values.writeShortNumber(to, value) : writeAnyNumber(to, value);
  }

  /** A number below 100,000. Branches on its length would often be guessed wrong. */
  @inline
  static writeShortNumber(to: usize, value: u32): usize {
    const digits = Values.fiveDigits(value);
    // The bits of leading zeros; the last digit stays, whatever it is.
    const zeros = ctz<u64>(digits | ((<u64>1) << 32)) & ~7;
    store<u64>(to, (digits | FIVE_ZEROS) >> zeros);
    return to + 5 - <usize>(zeros >> 3);
  }

  /** The digits of a number below 100,000, a byte each, the first one in the lowest byte. */
  @inline
  static fiveDigits(value: u32): u64 {
    // value / 10,000, by multiplication with 2⁴⁰ / 10,000.
    const first = <u32>((<u64>value * 109951163) >> 40);
    return (<u64>first) | ((<u64>Values.fourDigits(value - first * 10000)) << 8);
  }

  /** As fiveDigits, of a number below 10,000: two numbers below 100 side by side, then each of them as two digits. */
  @inline
  private static fourDigits(value: u32): u32 {
    const high = (value * 5243) >> 19;
    const halves = high | ((value - high * 100) << 16);
    const tens = ((halves * 103) >> 10) & 0x000f000f;
    return tens | ((halves - tens * 10) << 8);
  }
}

export function writeAnyNumber(to: usize, value: u32): usize {
  if (value < 100000) return Values.writeShortNumber(to, value);
  const high = value / 100000;
  to = Values.writeShortNumber(to, high);
  store<u64>(to, Values.fiveDigits(value - high * 100000) | FIVE_ZEROS);
  return to + 5;
}

/** How many bytes writeAnyNumber writes. */
export function lengthOfNumber(value: u32): u32 {
  let length: u32 = 1;
  for (; value > 9; value /= 10) length++;
  return length;
}
