import type { AddressField } from '../table/fields.js';
import type { Family } from '../tableClass.js';
import { unite, type Expression, type Interval } from './expression.js';
import { splitRange } from './range.js';

/** Addresses of one family from the first to the last, both included, as numbers of 32 or 128 bits. */
export interface AddressRange {
  readonly family: Family;
  readonly low: bigint;
  readonly high: bigint;
  /** Only addresses of this scope id; undefined: of any. */
  readonly scope?: number;
}

export const ADDRESS_DESCRIPTION =
  'an address, a prefix like 10.0.0.0/8, 10.1. or 2001:db8::/32, or a range of addresses';

const FAMILY_BITS = { IPv4: 32, IPv6: 128 } as const;

export function highestAddress(family: Family): bigint {
  return (1n << BigInt(FAMILY_BITS[family])) - 1n;
}

/**
 * The addresses that a text stands for: one, all that begin so, or those from one to another. Where it stands for none, a
 * description of what was expected.
 */
export function parseAddresses(text: string): AddressRange | string {
  const ends = splitRange(text);
  if (ends === undefined) return parsePrefix(text) ?? unfinishedPrefix(text) ?? ADDRESS_DESCRIPTION;
  const [from, to] = ends.map((end) => (end === '' ? undefined : parsePrefix(end)));
  const known = from ?? to;
  const isWhole = (end: AddressRange | undefined, source: string): boolean =>
    end !== undefined || source === '';
  if (known === undefined || !isWhole(from, ends[0]) || !isWhole(to, ends[1])) return ADDRESS_DESCRIPTION;
  if (from && to && from.family !== to.family) return 'two addresses of the same family';
  const { family } = known;
  const low = from?.low ?? 0n;
  const high = to?.high ?? highestAddress(family);
  return low <= high ? { family, low, high } : 'a range that goes from the lower end to the higher';
}

/** The test that a row's address lies in one of the ranges. */
export function addressTest(field: AddressField, ranges: readonly AddressRange[]): Expression {
  const ipv4 = ranges.filter(({ family }) => family === 'IPv4');
  return {
    kind: 'addresses',
    field,
    ipv4: unite(ipv4.map(({ low, high }): Interval => [Number(low), Number(high)])),
    ipv6: ranges.filter(({ family }) => family === 'IPv6'),
  };
}

/** A prefix without its last dot, which looks like an address. */
function unfinishedPrefix(text: string): string | undefined {
  if (parsePrefix(`${text}.`) === undefined) return undefined;
  return `a whole address, or ${text}. for all that begin so`;
}

function parsePrefix(text: string): AddressRange | undefined {
  return text.includes(':') ? parseIPv6Prefix(text) : parseIPv4Prefix(text);
}

const OCTET = '(?:0|[1-9]\\d{0,2})';
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;
const IPV4_PREFIX = new RegExp(`^(${IPV4})(?:/(0|[1-9]\\d?))?$|^((?:${OCTET}\\.){1,3})$`);

/** `10.0.0.1`, `10.0.0.0/8`, `10.1.`: an address, or all addresses that begin so. */
function parseIPv4Prefix(text: string): AddressRange | undefined {
  const [, address, length = '32', prefix] = IPV4_PREFIX.exec(text) ?? [];
  const octets = (address ?? prefix?.slice(0, -1))?.split('.').map(Number);
  if (octets === undefined || octets.some((octet) => octet > 255)) return undefined;
  const bits = prefix === undefined ? Number(length) : octets.length * 8;
  const value = octets.reduce((sum, octet, i) => sum + (BigInt(octet) << BigInt(24 - 8 * i)), 0n);
  return prefixRange('IPv4', value, bits);
}

const IPV6_PREFIX = /^([\da-f:.]+)(?:%(\d{1,10}))?(?:\/(0|[1-9]\d{0,2}))?$/i;

/** `2001:db8::1`, `fe80::1%3`, `2001:db8::/32` */
function parseIPv6Prefix(text: string): AddressRange | undefined {
  const [, address = '', scope, length = '128'] = IPV6_PREFIX.exec(text) ?? [];
  const value = parseIPv6(address);
  const range = value === undefined ? undefined : prefixRange('IPv6', value, Number(length));
  if (range === undefined || scope === undefined) return range;
  return Number(scope) <= 0xffffffff ? { ...range, scope: Number(scope) } : undefined;
}

function prefixRange(family: Family, value: bigint, bits: number): AddressRange | undefined {
  if (bits > FAMILY_BITS[family]) return undefined;
  const below = (1n << BigInt(FAMILY_BITS[family] - bits)) - 1n;
  return { family, low: value & ~below, high: value | below };
}

/** RFC 4291, 2.2: eight groups, of which `::` stands for one or more zeros; the last two can be written as an IPv4 address. */
function parseIPv6(text: string): bigint | undefined {
  const halves = text.split('::');
  const [head, tail] = halves.map((half) => (half === '' ? [] : groupsOf(half)));
  if (halves.length > 2 || head === undefined || (halves.length === 2 && tail === undefined))
    return undefined;
  const zeros = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? zeros !== 0 : zeros < 1) return undefined;
  const groups = [...head, ...Array<number>(zeros).fill(0), ...(tail ?? [])];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** Groups with colons between them; undefined where one is none. */
function groupsOf(text: string): number[] | undefined {
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const dotted = i === parts.length - 1 && part.includes('.') ? parseIPv4Prefix(part) : undefined;
    if (dotted !== undefined && dotted.low === dotted.high && !part.includes('/')) {
      groups.push(Number(dotted.low >> 16n), Number(dotted.low & 0xffffn));
    } else if (/^[\da-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}
