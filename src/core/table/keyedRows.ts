import type { Family } from '../tableClass.js';
import type { Columns } from './columns.js';
import { STATE_LISTEN } from './names.js';

/** Rows of one family with what a timeline needs of them, in its own memory. */
export interface KeyedRows {
  readonly count: number;
  /** Connection keys, KEY_WORDS of the family each. */
  readonly keys: Uint32Array;
  readonly states: Uint32Array;
  readonly pids: Uint32Array;
}

/**
 * What a connection key consists of, beside protocol and family: both ports, the local one in the upper half, then both addresses; of
 * IPv6 four words each, the most significant first, and a scope id behind. The remote end of a listener is zero.
 */
export const KEY_COLUMNS = {
  IPv4: { local: ['local'], remote: ['remote'] },
  IPv6: {
    local: ['local0', 'local1', 'local2', 'local', 'lscope'],
    remote: ['remote0', 'remote1', 'remote2', 'remote', 'rscope'],
  },
} as const;

export const KEY_WORDS: Readonly<Record<Family, number>> = { IPv4: 3, IPv6: 11 };

/** Reads the given rows of a table, all of which are of this family. */
export function readKeyedRows(columns: Columns, rows: Uint32Array, family: Family): KeyedRows {
  const count = rows.length;
  const width = KEY_WORDS[family];
  const read: KeyedRows = {
    count,
    keys: new Uint32Array(count * width),
    states: new Uint32Array(count),
    pids: new Uint32Array(count),
  };
  const [stateOf, pidOf] = [columns.borrow('state'), columns.borrow('pid')];
  const [lportOf, rportOf] = [columns.borrow('lport'), columns.borrow('rport')];
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const state = stateOf[row]!;
    const rport = state === STATE_LISTEN ? 0 : rportOf[row]!;
    read.states[i] = state;
    read.pids[i] = pidOf[row]!;
    read.keys[i * width] = (lportOf[row]! << 16) | rport;
  }
  const { local, remote } = KEY_COLUMNS[family];
  for (const [word, field] of [...local, ...remote].entries()) {
    const values = columns.borrow(field);
    const isRemote = word >= local.length;
    for (let i = 0, at = 1 + word; i < count; i++, at += width) {
      read.keys[at] = isRemote && read.states[i] === STATE_LISTEN ? 0 : values[rows[i]!]!;
    }
  }
  return read;
}
