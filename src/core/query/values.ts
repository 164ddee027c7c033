import { FAMILY_NAMES, offloadSpellings, PROTOCOL_NAMES, stateSpellings } from '../table/names.js';
import { OWNERS } from '../table/owners.js';
import type { Interval, NumberField } from './expression.js';
import { parseUtcSpan } from '../text/time.js';
import { splitRange } from './range.js';

/** How the values of a field are written. */
interface Notation {
  /** What to expect, for error messages. */
  readonly description: string;
  /** The smallest value; default: 0. */
  readonly min?: number;
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
  (names: () => ReadonlyMap<string, number>, max: number) =>
  (text: string): Interval | undefined => {
    const value = namedValue(names(), text);
    return value === undefined ? number(max)(UNKNOWN.exec(text)?.[1] ?? text) : [value, value];
  };

/** Names are compared without regard to letter case, `-`, `_` and spaces. */
function namedValue(names: ReadonlyMap<string, number>, text: string): number | undefined {
  return names.get(text.toLowerCase().replaceAll(/[-_ ]/g, ''));
}

function ownerNamed(text: string): Interval | undefined {
  const owner = OWNERS.findIndex((name) => name === text.toLowerCase());
  return owner < 0 ? undefined : [owner, owner];
}

const PROTOCOL_SPELLINGS = spellings(PROTOCOL_NAMES);
const FAMILY_SPELLINGS = spellings(FAMILY_NAMES);

function spellings(names: ReadonlyMap<number, string>): ReadonlyMap<string, number> {
  return new Map([...names].map(([value, name]) => [name.toLowerCase(), value]));
}

/** What stands for any time before or after all others. */
export const FIRST_TIME = Number.MIN_SAFE_INTEGER;
export const LAST_TIME = Number.MAX_SAFE_INTEGER;

const HIGH_HALF = 'a number from 0 to 65535: the upper half of what a port is stored in';
const PORT = 'a port number from 0 to 65535, or a range like 49152..65535';

export const NOTATIONS: Readonly<Record<NumberField, Notation>> = {
  protocol: {
    description: 'TCP, UDP, or a number from 0 to 255',
    max: 255,
    parse: named(() => PROTOCOL_SPELLINGS, 255),
  },
  family: { description: 'IPv4 or IPv6', max: 255, parse: named(() => FAMILY_SPELLINGS, 255) },
  state: {
    description: 'a state like ESTABLISHED or TIME_WAIT, or its number',
    max: U32,
    parse: named(stateSpellings, U32),
  },
  lport: { description: PORT, max: 0xffff, parse: number(0xffff) },
  rport: { description: PORT, max: 0xffff, parse: number(0xffff) },
  pid: { description: 'a process id from 0 to 4294967295', max: U32, parse: number(U32) },
  owner: { description: `one of ${OWNERS.join(', ')}`, max: OWNERS.length - 1, parse: ownerNamed },
  created: {
    description: 'a UTC time like 2026-11-23, 2026-11-23T19:01 or 2026-11-23T19:01:35.5Z',
    min: FIRST_TIME,
    max: LAST_TIME,
    parse: parseUtcSpan,
  },
  uid: { description: 'a user id from 0 to 4294967294', max: U32 - 1, parse: number(U32 - 1) },
  inode: { description: 'an inode number from 0 to 4294967294', max: U32 - 1, parse: number(U32 - 1) },
  interface: { description: 'the index of an interface', max: U32 - 1, parse: number(U32 - 1) },
  lastpid: { description: 'a process id from 0 to 4294967294', max: U32 - 1, parse: number(U32 - 1) },
  lastsnapshot: { description: 'the number of a snapshot', max: U32 - 1, parse: number(U32 - 1) },
  lporthigh: { description: HIGH_HALF, max: 0xffff, parse: number(0xffff) },
  rporthigh: { description: HIGH_HALF, max: 0xffff, parse: number(0xffff) },
  offload: {
    description: 'InHost, Offloading, Offloaded, Uploading, or a number',
    max: U32,
    parse: named(offloadSpellings, U32),
  },
};

/**
 * The values of a text: of one value, or of a range `low..high`, of which one end can be left out. Where it stands for none, a
 * description of what was expected.
 */
export function parseValues(field: NumberField, text: string): Interval | string {
  const { parse, min = 0, max, description } = NOTATIONS[field];
  const ends = splitRange(text);
  if (ends === undefined) return parse(text) ?? description;
  const [from, to] = ends;
  const low = from === '' ? min : parse(from)?.[0];
  const high = to === '' ? max : parse(to)?.[1];
  if (low === undefined || high === undefined || from + to === '') return description;
  return low <= high ? [low, high] : 'a range that goes from the lower end to the higher';
}

/** What a word can stand for where no field tells, in this order. */
const NAMED_FIELDS = [
  ['state', stateSpellings],
  ['protocol', () => PROTOCOL_SPELLINGS],
  ['family', () => FAMILY_SPELLINGS],
] as const;

/** The field that a value tells by itself: `ESTABLISHED`, `tcp`. */
export function fieldNaming(text: string): NumberField | undefined {
  if (UNKNOWN.test(text)) return 'state';
  return NAMED_FIELDS.find(([, names]) => namedValue(names(), text) !== undefined)?.[0];
}
