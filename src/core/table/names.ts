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

/** The numbers that have names. */
export const STATES: readonly number[] = STATE_NAMES.map(([state]) => state);
export const OFFLOAD_STATES: readonly number[] = OFFLOAD_NAMES.map((_, offload) => offload);

export function stateName(state: number): string {
  return stateNames.get(state) ?? unknown(state);
}

export function offloadName(offload: number): string {
  return OFFLOAD_NAMES[offload] ?? unknown(offload);
}

/** The spellings of states that people know from netstat, ss, PowerShell and the API, in lower case without `-` and `_`. */
export const STATE_SPELLINGS: ReadonlyMap<string, number> = new Map([
  ...STATE_NAMES.map(([state, name]) => [name.toLowerCase().replaceAll('_', ''), state] as const),
  ['listening', STATE_LISTEN],
  ['synrcvd', 4],
  ['synrecv', 4],
  ['estab', 5],
]);

export const OFFLOAD_SPELLINGS: ReadonlyMap<string, number> = new Map(
  OFFLOAD_NAMES.map((name, offload) => [name.toLowerCase(), offload]),
);

function unknown(value: number): string {
  return `UNKNOWN(${value})`;
}
