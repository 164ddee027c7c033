/** The twelve columns of the library's CSV, as the two kinds of JavaScript would write them. */

import type { Row } from './rowObjects.js';
import type { TypedColumns } from './typedColumns.js';

const HEADER =
  'protocol,family,state,stateName,localAddress,localPort,remoteAddress,remotePort,pid,process,offload,offloadName\n';
const STATES = [
  ['CLOSED', 'LISTEN', 'SYN_SENT', 'SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1'],
  ['FIN_WAIT_2', 'CLOSE_WAIT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT', 'DELETE_TCB'],
].flat();
const OFFLOADS = ['InHost', 'Offloading', 'Offloaded', 'Uploading'];

/** map and join. */
export function joinCsv(rows: readonly Row[]): Uint8Array {
  const lines = rows.map((row) =>
    [
      'TCP',
      'IPv4',
      row.state,
      STATES[row.state - 1],
      formatAddress(row.localAddress),
      row.localPort,
      formatAddress(row.remoteAddress),
      row.remotePort,
      row.pid,
      '',
      row.offload,
      OFFLOADS[row.offload],
    ].join(','),
  );
  return new TextEncoder().encode(`${HEADER}${lines.join('\n')}\n`);
}

function formatAddress(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

const encoder = new TextEncoder();
const COMMA = 0x2c;
const DOT = 0x2e;
const ZERO = 0x30;
/** A row of the longest names, addresses and numbers is shorter. */
const LONGEST_ROW = 128;

/** `TCP,IPv4,5,ESTABLISHED,` for each state, `,,0,InHost\n` for each offload state. */
const ROW_STARTS = STATES.map((name, i) => encoder.encode(`TCP,IPv4,${i + 1},${name},`));
const ROW_ENDS = OFFLOADS.map((name, i) => encoder.encode(`,,${i},${name}\n`));
/** The digits of 0 to 255, three places each, and how many there are. */
const OCTETS = new Uint8Array(256 * 3);
const OCTET_LENGTHS = new Uint8Array(256);
for (let octet = 0; octet < 256; octet++) {
  const { written } = encoder.encodeInto(String(octet), OCTETS.subarray(octet * 3));
  OCTET_LENGTHS[octet] = written;
}

/** One buffer, filled by hand. */
export function fillCsv(columns: TypedColumns): Uint8Array {
  const { rows, state, local, lport, remote, rport, pid, offload } = columns;
  const header = encoder.encode(HEADER);
  const bytes = new Uint8Array(header.length + rows * LONGEST_ROW);
  bytes.set(header);
  let at = header.length;
  for (let i = 0; i < rows; i++) {
    at = writeBytes(bytes, at, ROW_STARTS[state[i]! - 1]!);
    at = writeAddress(bytes, at, local[i]!);
    bytes[at++] = COMMA;
    at = writeNumber(bytes, at, lport[i]!);
    bytes[at++] = COMMA;
    at = writeAddress(bytes, at, remote[i]!);
    bytes[at++] = COMMA;
    at = writeNumber(bytes, at, rport[i]!);
    bytes[at++] = COMMA;
    at = writeNumber(bytes, at, pid[i]!);
    at = writeBytes(bytes, at, ROW_ENDS[offload[i]!]!);
  }
  return bytes.subarray(0, at);
}

function writeBytes(bytes: Uint8Array, at: number, text: Uint8Array): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text[i]!;
  return at + text.length;
}

function writeAddress(bytes: Uint8Array, start: number, address: number): number {
  let at = writeOctet(bytes, start, address >>> 24);
  bytes[at++] = DOT;
  at = writeOctet(bytes, at, (address >>> 16) & 255);
  bytes[at++] = DOT;
  at = writeOctet(bytes, at, (address >>> 8) & 255);
  bytes[at++] = DOT;
  return writeOctet(bytes, at, address & 255);
}

/** Three places are written whatever the number; what is too much is overwritten by what follows. */
function writeOctet(bytes: Uint8Array, at: number, octet: number): number {
  const digits = octet * 3;
  bytes[at] = OCTETS[digits]!;
  bytes[at + 1] = OCTETS[digits + 1]!;
  bytes[at + 2] = OCTETS[digits + 2]!;
  return at + OCTET_LENGTHS[octet]!;
}

function writeNumber(bytes: Uint8Array, start: number, value: number): number {
  let end = start + 1;
  for (let power = 10; value >= power; power *= 10) end++;
  let rest = value;
  for (let at = end - 1; at >= start; at--) {
    const next = Math.floor(rest / 10);
    bytes[at] = ZERO + rest - next * 10;
    rest = next;
  }
  return end;
}
