import { STATE_SPELLINGS, OFFLOAD_SPELLINGS } from '../table/names.js';
import type { Interval, NumberField } from './expression.js';

/** How the values of a field are written. */
interface Notation {
  /** What to expect, for error messages. */
  readonly description: string;
  /** The largest value. */
  readonly max: number;
  /** The values that a text stands for, or undefined where it stands for none. */
  parse(text: string): Interval | undefined;
}

const U32 = 0xffffffff;

const number =
  (max: number) =>
  (text: string): Interval | undefined => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value <= max ? [value, value] : undefined;
  };

/** Names or numbers. Names are compared without regard to case and to `-`, `_`, space. */
const named =
  (names: ReadonlyMap<string, number>, max: number) =>
  (text: string): Interval | undefined => {
    const value = names.get(foldName(text));
    return value === undefined ? number(max)(text) : [value, value];
  };

export function foldName(text: string): string {
  return text.toLowerCase().replace(/[-_ ]/g, '');
}

const PROTOCOLS = new Map([
  ['tcp', 6],
  ['udp', 17],
]);
const FAMILIES = new Map([
  ['ipv4', 4],
  ['ipv6', 6],
]);

const ADDRESS = 'an IPv4 address, a prefix like 10.0.0.0/8 or 10.1., or a range of addresses';
const PORT = 'a port from 0 to 65535, or a range like 49152..65535';

export const NOTATIONS: Readonly<Record<NumberField, Notation>> = {
  protocol: { description: 'TCP or UDP', max: 255, parse: named(PROTOCOLS, 255) },
  family: { description: 'IPv4 or IPv6', max: 255, parse: named(FAMILIES, 255) },
  state: { description: 'the name of a state, or its number', max: U32, parse: named(STATE_SPELLINGS, U32) },
  local: { description: ADDRESS, max: U32, parse: parseAddresses },
  lport: { description: PORT, max: 0xffff, parse: number(0xffff) },
  remote: { description: ADDRESS, max: U32, parse: parseAddresses },
  rport: { description: PORT, max: 0xffff, parse: number(0xffff) },
  pid: { description: 'a process id', max: U32, parse: number(U32) },
  offload: {
    description: 'InHost, Offloading, Offloaded, Uploading, or a number',
    max: U32,
    parse: named(OFFLOAD_SPELLINGS, U32),
  },
};

/** A value, or a range `low..high`, of which either end can be left out. */
export function parseInterval(field: NumberField, text: string): Interval | undefined {
  const { parse, max } = NOTATIONS[field];
  const dots = text.indexOf('..');
  if (dots === -1) return parse(text);
  const low = dots === 0 ? [0, 0] : parse(text.slice(0, dots));
  const high = dots + 2 === text.length ? [max, max] : parse(text.slice(dots + 2));
  return low !== undefined && high !== undefined && low[0]! <= high[1]! ? [low[0]!, high[1]!] : undefined;
}

/** `10.0.0.1`, `10.0.0.0/8`, `10.1.`: an address, or all addresses that begin so. */
export function parseAddresses(text: string): Interval | undefined {
  const match = /^((?:\d{1,3}\.){0,3}\d{1,3}\.?)(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const [, address, length] = match;
  const octets = address!.replace(/\.$/, '').split('.').map(Number);
  const isPrefix = address!.endsWith('.');
  const isWhole = octets.length === 4 && !isPrefix;
  if (octets.some((octet) => octet > 255) || (!isPrefix && !isWhole)) return undefined;
  if (octets.length > 3 && isPrefix) return undefined;
  if (length !== undefined && (isPrefix || Number(length) > 32)) return undefined;
  const bits = length === undefined ? octets.length * 8 : Number(length);
  const size = 2 ** (32 - bits);
  const first = octets.reduce((value, octet, i) => value + octet * 2 ** (24 - 8 * i), 0);
  const low = Math.floor(first / size) * size;
  return [low, low + size - 1];
}
