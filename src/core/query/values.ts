import { OFFLOAD_SPELLINGS, STATE_SPELLINGS } from '../table/names.js';
import type { Interval, NumberField } from './expression.js';

/** How the values of a field are written. */
interface Notation {
  /** What to expect, for error messages. */
  readonly description: string;
  /** The largest value. */
  readonly max: number;
  /** The values that a text stands for, or undefined where it stands for none. */
  readonly parse: (text: string) => Interval | undefined;
}

const U32 = 0xffffffff;

const number =
  (max: number) =>
  (text: string): Interval | undefined => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value <= max ? [value, value] : undefined;
  };

/** `UNKNOWN(57)`, as src/core/table/names.ts writes it. */
const UNKNOWN = /^unknown\((\d+)\)$/i;

/** Names, numbers, or what stands for a number without a name. */
const named =
  (names: ReadonlyMap<string, number>, max: number) =>
  (text: string): Interval | undefined => {
    const value = namedValue(names, text);
    return value === undefined ? number(max)(UNKNOWN.exec(text)?.[1] ?? text) : [value, value];
  };

/** Names are compared without regard to letter case, `-`, `_` and spaces. */
function namedValue(names: ReadonlyMap<string, number>, text: string): number | undefined {
  return names.get(text.toLowerCase().replaceAll(/[-_ ]/g, ''));
}

const PROTOCOL_NAMES = new Map([
  ['tcp', 6],
  ['udp', 17],
]);
const FAMILY_NAMES = new Map([
  ['ipv4', 4],
  ['ipv6', 6],
]);

const ADDRESS = 'an IPv4 address, a prefix like 10.0.0.0/8 or 10.1., or a range of addresses';
const PORT = 'a port number from 0 to 65535, or a range like 49152..65535';

export const NOTATIONS: Readonly<Record<NumberField, Notation>> = {
  protocol: {
    description: 'TCP, UDP, or a number from 0 to 255',
    max: 255,
    parse: named(PROTOCOL_NAMES, 255),
  },
  family: { description: 'IPv4 or IPv6', max: 255, parse: named(FAMILY_NAMES, 255) },
  state: {
    description: 'a state like ESTABLISHED or TIME_WAIT, or its number',
    max: U32,
    parse: named(STATE_SPELLINGS, U32),
  },
  local: { description: ADDRESS, max: U32, parse: parseAddresses },
  lport: { description: PORT, max: 0xffff, parse: number(0xffff) },
  remote: { description: ADDRESS, max: U32, parse: parseAddresses },
  rport: { description: PORT, max: 0xffff, parse: number(0xffff) },
  pid: { description: 'a process id from 0 to 4294967295', max: U32, parse: number(U32) },
  offload: {
    description: 'InHost, Offloading, Offloaded, Uploading, or a number',
    max: U32,
    parse: named(OFFLOAD_SPELLINGS, U32),
  },
};

/** Two dots, which are the last two where there are three: `10.1...10.3.` goes from `10.1.` to `10.3.` */
const RANGE = /^(.*?)\.\.(?!\.)(.*)$/s;

export function isRange(text: string): boolean {
  return RANGE.test(text);
}

/**
 * The values of a text: of one value, a prefix, or a range `low..high`, of which one end can be left out. Where it stands for
 * none, a description of what was expected.
 */
export function parseValues(field: NumberField, text: string): Interval | string {
  const { parse, max, description } = NOTATIONS[field];
  const [, from, to] = RANGE.exec(text) ?? [];
  if (from === undefined || to === undefined) {
    return parse(text) ?? unfinishedPrefix(field, text) ?? description;
  }
  const low = from === '' ? 0 : parse(from)?.[0];
  const high = to === '' ? max : parse(to)?.[1];
  if (low === undefined || high === undefined || from + to === '') return description;
  return low <= high ? [low, high] : 'a range that goes from the lower end to the higher';
}

/** A prefix without its last dot, which looks like an address. */
function unfinishedPrefix(field: NumberField, text: string): string | undefined {
  if ((field !== 'local' && field !== 'remote') || parseAddresses(`${text}.`) === undefined) return undefined;
  return `a whole address, or ${text}. for all that begin so`;
}

const OCTET = '(?:0|[1-9]\\d{0,2})';
const ADDRESS_OR_PREFIX = new RegExp(
  `^(${OCTET}(?:\\.${OCTET}){3})(?:/(0|[1-9]\\d?))?$|^((?:${OCTET}\\.){1,3})$`,
);

/** `10.0.0.1`, `10.0.0.0/8`, `10.1.`: an address, or all addresses that begin so. */
function parseAddresses(text: string): Interval | undefined {
  const [, address, length = '32', prefix] = ADDRESS_OR_PREFIX.exec(text) ?? [];
  const octets = (address ?? prefix?.slice(0, -1))?.split('.').map(Number);
  if (octets === undefined || octets.some((octet) => octet > 255) || Number(length) > 32) return undefined;
  const bits = prefix === undefined ? Number(length) : octets.length * 8;
  const size = 2 ** (32 - bits);
  const first = octets.reduce((value, octet, i) => value + octet * 2 ** (24 - 8 * i), 0);
  const low = Math.floor(first / size) * size;
  return [low, low + size - 1];
}

/** What a word can stand for where no field tells, in this order. */
const NAMED_FIELDS = [
  ['state', STATE_SPELLINGS],
  ['protocol', PROTOCOL_NAMES],
  ['family', FAMILY_NAMES],
] as const;

/** The field that a value tells by itself: `ESTABLISHED`, `tcp`. */
export function fieldNaming(text: string): NumberField | undefined {
  if (UNKNOWN.test(text)) return 'state';
  return NAMED_FIELDS.find(([, names]) => namedValue(names, text) !== undefined)?.[0];
}
