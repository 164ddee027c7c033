import type { Family, Protocol } from '../tableClass.js';
import { FAMILY_NUMBERS, PROTOCOL_NUMBERS } from './fields.js';

/**
 * Names of the numbers in a row: English, stable, for people and scripts alike. A number that has no name is shown as
 * `UNKNOWN(n)`: it is never changed into something it is not.
 */

/** MIB_TCP_STATE (tcpmib.h) under the names of RFC 9293, as netstat spells them; 100 is the bound state of newer Windows. */
const STATE_NAMES: readonly (readonly [number, string])[] = [
  [1, 'CLOSED'],
  [2, 'LISTEN'],
  [3, 'SYN_SENT'],
  [4, 'SYN_RECEIVED'],
  [5, 'ESTABLISHED'],
  [6, 'FIN_WAIT_1'],
  [7, 'FIN_WAIT_2'],
  [8, 'CLOSE_WAIT'],
  [9, 'CLOSING'],
  [10, 'LAST_ACK'],
  [11, 'TIME_WAIT'],
  [12, 'DELETE_TCB'],
  [100, 'BOUND'],
];

/** TCP_CONNECTION_OFFLOAD_STATE (tcpmib.h). */
const OFFLOAD_NAMES = ['InHost', 'Offloading', 'Offloaded', 'Uploading'];

const stateNames = new Map(STATE_NAMES);

/** MIB_TCP_STATE_LISTEN. The remote end of such a row has no meaning. */
export const STATE_LISTEN = 2;
/** MIB_TCP_STATE_TIME_WAIT. No process owns such a row any more. */
export const STATE_TIME_WAIT = 11;

/** The numbers that have names. */
export const STATES: readonly number[] = STATE_NAMES.map(([state]) => state);
export const OFFLOAD_STATES: readonly number[] = OFFLOAD_NAMES.map((_, offload) => offload);

export function stateName(state: number): string {
  return stateNames.get(state) ?? unknown(state);
}

export function offloadName(offload: number): string {
  return OFFLOAD_NAMES[offload] ?? unknown(offload);
}

/** By the numbers of the `protocol` and `family` columns. */
export const PROTOCOL_NAMES: ReadonlyMap<number, Protocol> = new Map([
  [PROTOCOL_NUMBERS.TCP, 'TCP'],
  [PROTOCOL_NUMBERS.UDP, 'UDP'],
]);
export const FAMILY_NAMES: ReadonlyMap<number, Family> = new Map([
  [FAMILY_NUMBERS.IPv4, 'IPv4'],
  [FAMILY_NUMBERS.IPv6, 'IPv6'],
]);

export function protocolName(protocol: number): string {
  return PROTOCOL_NAMES.get(protocol) ?? unknown(protocol);
}

export function familyName(family: number): string {
  return FAMILY_NAMES.get(family) ?? unknown(family);
}

/** How states are written elsewhere: netstat and ss of several systems, PowerShell, .NET, and tcpmib.h, there after a prefix. */
const OTHER_STATE_NAMES: readonly (readonly [number, string])[] = [
  [1, 'CLOSE'],
  [1, 'UNCONN'],
  [STATE_LISTEN, 'LISTENING'],
  [4, 'SYN_RECV'],
  [4, 'SYN_RCVD'],
  [5, 'ESTAB'],
  [100, 'RESERVED'],
];

/** The spellings of states in lower case without `-`, `_` and spaces: SYN-SENT, SYN_SENT and SynSent are one. */
export const stateSpellings = madeOnce(() =>
  spellings([...STATE_NAMES, ...OTHER_STATE_NAMES], 'mibtcpstate'),
);

export const offloadSpellings = madeOnce(() =>
  spellings([...OFFLOAD_NAMES.entries()], 'tcpconnectionoffloadstate'),
);

/** When it is first asked for: few commands do. */
function madeOnce<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Each name, alone and after the prefix that it has in the API. */
function spellings(
  names: readonly (readonly [number, string])[],
  apiPrefix: string,
): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const [value, name] of names) {
    const spelling = name.toLowerCase().replaceAll('_', '');
    all.set(spelling, value).set(apiPrefix + spelling, value);
  }
  return all;
}

function unknown(value: number): string {
  return `UNKNOWN(${value})`;
}
