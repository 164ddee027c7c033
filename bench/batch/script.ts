import { readFileSync } from 'node:fs';
import { unpack } from 'msgpackr';

/**
 * What somebody would write who needs the same numbers once: a DataView, an object a row, Maps. It takes the format's page at its word, and
 * checks neither checksums nor digests.
 */

interface Row {
  readonly state: number;
  readonly local: string;
  readonly lport: number;
  readonly remote: string;
  readonly rport: number;
  readonly pid: number;
  readonly offload: number;
  readonly process: string | null;
}

interface Metadata {
  readonly time: { readonly utcMicroseconds: number | bigint };
  readonly host: { readonly name: string };
  readonly processes: readonly { readonly pid: number; readonly name: string }[];
}

const STATES = [
  '',
  'CLOSED',
  'LISTEN',
  'SYN_SENT',
  'SYN_RECEIVED',
  'ESTABLISHED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'CLOSE_WAIT',
  'CLOSING',
  'LAST_ACK',
  'TIME_WAIT',
  'DELETE_TCB',
];
const [LISTEN, SYN_SENT, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT] = [2, 3, 6, 7, 8];
const PAYLOAD = 64;
const TOP = 50;

class Counts extends Map<string, number> {
  add(key: string): void {
    this.set(key, (this.get(key) ?? 0) + 1);
  }

  /** The most frequent first, of equal ones that whose text as JSON comes first. */
  top(): [string, number][] {
    return [...this].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, TOP);
  }
}

export interface ScriptTotals {
  readonly states: Counts;
  readonly processes: Counts;
  readonly remotes: Counts;
  readonly localPorts: Counts;
  readonly remotePorts: Counts;
  readonly hosts: Counts;
  readonly findings: Counts;
  readonly listeners: Map<string, Set<string>>;
  /** Addresses and the hosts that have them. */
  readonly owners: Map<string, Set<string>>;
  readonly talkers: Counts;
  rows: number;
}

export function runScript(paths: readonly string[]): ScriptTotals {
  const totals: ScriptTotals = {
    states: new Counts(),
    processes: new Counts(),
    remotes: new Counts(),
    localPorts: new Counts(),
    remotePorts: new Counts(),
    hosts: new Counts(),
    findings: new Counts(),
    listeners: new Map(),
    owners: new Map(),
    talkers: new Counts(),
    rows: 0,
  };
  for (const path of paths) addFile(totals, path);
  return totals;
}

function addFile(totals: ScriptTotals, path: string): void {
  const bytes = readFileSync(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint32(PAYLOAD + 64, true);
  const metadata = unpack(bytes.subarray(PAYLOAD + 72, PAYLOAD + 72 + length)) as Metadata;
  const names = new Map(metadata.processes.map(({ pid, name }) => [pid, name]));
  const rows = readRows(view, PAYLOAD + Math.ceil((72 + length) / 8) * 8, names);
  const host = metadata.host.name;
  const hour = new Date(Number(metadata.time.utcMicroseconds) / 1000).toISOString().slice(0, 13);
  totals.rows += rows.length;
  for (const row of rows) addRow(totals, row, host, hour);
  for (const rule of findRules(rows)) totals.findings.add(rule);
}

function readRows(view: DataView, start: number, names: ReadonlyMap<number, string>): Row[] {
  const rows: Row[] = [];
  const count = view.getUint32(start, true);
  for (let i = 0; i < count; i++) {
    const at = start + 4 + i * 28;
    const pid = view.getUint32(at + 20, true);
    rows.push({
      state: view.getUint32(at, true),
      local: addressText(view, at + 4),
      lport: view.getUint16(at + 8),
      remote: addressText(view, at + 12),
      rport: view.getUint16(at + 16),
      pid,
      offload: view.getUint32(at + 24, true),
      process: pid === 0 ? null : (names.get(pid) ?? null),
    });
  }
  return rows;
}

function addressText(view: DataView, at: number): string {
  return `${view.getUint8(at)}.${view.getUint8(at + 1)}.${view.getUint8(at + 2)}.${view.getUint8(at + 3)}`;
}

function addRow(totals: ScriptTotals, row: Row, host: string, hour: string): void {
  const { state, local, lport, remote, rport, process } = row;
  totals.states.add(`${hour} ${STATES[state] ?? String(state)}`);
  totals.processes.add(JSON.stringify(process));
  totals.hosts.add(JSON.stringify(host));
  if (!isOwn(local)) addTo(totals.owners, local, host);
  if (state === LISTEN) {
    addTo(totals.listeners, `${lport} ${process}`, host);
    return;
  }
  totals.localPorts.add(String(lport));
  if (rport !== 0) totals.remotePorts.add(String(rport));
  if (remote !== '0.0.0.0') totals.remotes.add(JSON.stringify(remote));
  if (!isOwn(remote)) totals.talkers.add(`${remote} ${host}`);
}

function isOwn(address: string): boolean {
  return address === '0.0.0.0' || address.startsWith('127.') || address.startsWith('169.254.');
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

/** The rules that a table without create times and slack can meet. */
function findRules(rows: readonly Row[]): Set<string> {
  const found = new Set<string>();
  const byPid = new Map<string, number>();
  const byRemote = new Map<string, number>();
  let connections = 0;
  for (const { state, pid, local, remote, offload } of rows) {
    const key = `${pid} ${state}`;
    byPid.set(key, (byPid.get(key) ?? 0) + 1);
    if (state === LISTEN && local === '0.0.0.0') found.add('listeners-on-all-addresses');
    if (STATES[state] === undefined && state !== 100) found.add('unknown-state');
    if (offload > 3) found.add('unknown-offload');
    if (state === LISTEN || remote === '0.0.0.0' || remote.startsWith('127.')) continue;
    connections++;
    byRemote.set(remote, (byRemote.get(remote) ?? 0) + 1);
  }
  for (const [key, count] of byPid) {
    const state = Number(key.split(' ')[1]);
    if (state === CLOSE_WAIT && count >= 50) found.add('close-wait-pile-up');
    if (state === FIN_WAIT_1 && count >= 50) found.add('fin-wait-1-pile-up');
    if (state === FIN_WAIT_2 && count >= 100) found.add('fin-wait-2-pile-up');
    if (state === SYN_SENT && count >= 20) found.add('syn-sent-storm');
  }
  for (const count of byRemote.values())
    if (count >= Math.max(200, connections / 4)) found.add('busy-remote');
  return found;
}
