import type { Columns } from './columns.js';
import { ADDRESS_COLUMNS, FAMILY_NUMBERS, type AddressField } from './fields.js';

/** The words of an IPv6 address, the most significant first, each with its first byte on top. */
export type AddressWords = readonly [number, number, number, number];

/** How many bits of an address count, from the first on: of IPv4 at most 32, of IPv6 128. */
export interface PrefixBits {
  readonly ipv4: number;
  readonly ipv6: number;
}

/** Whole addresses. */
export const ALL_BITS: PrefixBits = { ipv4: 32, ipv6: 128 };

/** Dotted decimal text of an IPv4 address, given as a number whose most significant byte is the first octet. */
export function formatIPv4(address: number): string {
  const upper = dottedOctet(address >>> 24) + dottedOctet((address >>> 16) & 255);
  return upper + dottedOctet((address >>> 8) & 255) + (address & 255);
}

/** Text of an IPv6 address as RFC 5952 recommends it: `2001:db8::1`, `::ffff:192.0.2.1`. */
export function formatIPv6([a, b, c, d]: AddressWords): string {
  if (a === 0 && b === 0 && c === 0xffff) return `::ffff:${formatIPv4(d)}`;
  const groups = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, c >>> 16, c & 0xffff, d >>> 16, d & 0xffff];
  const { start, length } = longestZeros(groups);
  if (length < 2) return joinGroups(groups, 0, 8);
  return `${joinGroups(groups, 0, start)}::${joinGroups(groups, start + length, 8)}`;
}

function joinGroups(groups: readonly number[], from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++)
    text += i === from ? groups[i]!.toString(16) : `:${groups[i]!.toString(16)}`;
  return text;
}

/** The longest run of zeros, the first of equally long ones. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  const longest = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i < groups.length; i++) {
    if (groups[i] !== 0) {
      start = i + 1;
    } else if (i + 1 - start > longest.length) {
      longest.start = start;
      longest.length = i + 1 - start;
    }
  }
  return longest;
}

/** The highest `bits` bits of a word: none where `bits` is 0 or below, all from 32 on. */
export function prefixMask(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : ~(0xffffffff >>> bits) >>> 0;
}

/**
 * A function that returns the text of a row's address: `10.0.0.1`, `fe80::1%3`. Lasts as long as the table.
 *
 * @param prefix only the first bits of the address, the others taken as zero, and no scope id
 */
export function addressReader(
  columns: Columns,
  field: AddressField,
  prefix?: PrefixBits,
): (row: number) => string {
  const last = columns.reader(field);
  if (!columns.isWide) return (row) => formatIPv4(last(row));
  const { words, scope } = ADDRESS_COLUMNS[field];
  const [first, second, third] = [
    columns.reader(words[0]),
    columns.reader(words[1]),
    columns.reader(words[2]),
  ];
  const scopeOf = columns.reader(scope);
  const family = columns.reader('family');
  const { ipv4, ipv6 } = prefix ?? ALL_BITS;
  const mask4 = prefixMask(ipv4);
  const [mask0, mask1, mask2, mask3] = [0, 32, 64, 96].map((above) => prefixMask(ipv6 - above)) as [
    number,
    number,
    number,
    number,
  ];
  return (row) => {
    if (family(row) === FAMILY_NUMBERS.IPv4) return formatIPv4(last(row) & mask4);
    const text = formatIPv6([
      (first(row) & mask0) >>> 0,
      (second(row) & mask1) >>> 0,
      (third(row) & mask2) >>> 0,
      (last(row) & mask3) >>> 0,
    ]);
    const zone = prefix === undefined ? scopeOf(row) : 0;
    return zone === 0 ? text : `${text}%${zone}`;
  };
}

/** The sixteen bytes of every row's address in network order. */
export function addressBytes(columns: Columns, field: AddressField): Uint8Array {
  const words = ADDRESS_COLUMNS[field].words.map((word) => columns.borrow(word));
  const bytes = new Uint8Array(columns.rowCount * 16);
  const view = new DataView(bytes.buffer);
  for (let row = 0; row < columns.rowCount; row++) {
    for (const [i, word] of words.entries()) view.setUint32(row * 16 + i * 4, word[row]!);
  }
  return bytes;
}

/**
 * Makes a function that returns the text of the prefix whose first `bits` bits are given as a number: `10.1.2.0/24`, and of
 * 32 bits the address. Neighbours share their text up to the last octet that differs.
 */
export function addressTexts(bits: number): (prefix: number) => string {
  const suffix = bits === 32 ? '' : `/${bits}`;
  /** Octets behind those that end within the last one of the prefix. */
  const zeros = Math.floor((32 - bits) / 8);
  const ends = Array.from({ length: 256 }, (_, octet) => `${octet}${'.0'.repeat(zeros)}${suffix}`);
  const shift = (32 - bits) % 8;
  let lastHead = -1;
  let headText = '';
  return (prefix) => {
    const octets = (prefix << shift) >>> 0;
    const head = octets >>> 8;
    if (head !== lastHead) {
      lastHead = head;
      headText = dotted(head, 3 - zeros);
    }
    return headText + ends[octets & 255]!;
  };
}

/** The last `count` octets of a number, each with a dot behind it. */
function dotted(octets: number, count: number): string {
  let text = '';
  for (let shift = 8 * (count - 1); shift >= 0; shift -= 8) text += dottedOctet((octets >>> shift) & 255);
  return text;
}

/** By their number, each made once: a number's text takes longer to make or to find than all else of an address. */
const dottedOctets: string[] = [];

function dottedOctet(octet: number): string {
  return (dottedOctets[octet] ??= `${octet}.`);
}
