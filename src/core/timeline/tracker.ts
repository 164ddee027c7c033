import { KEY_WORDS, type KeyedRows } from '../table/keyedRows.js';
import { STATE_TIME_WAIT } from '../table/names.js';
import { Table } from '../table/table.js';
import type { Family } from '../tableClass.js';
import type { ConnectionLog } from './connectionLog.js';
import type { Owners } from './owners.js';
import { ownershipOf, SeveralRows } from './severalRows.js';
import { STATE_SLOTS, stateSlot } from './stateSlots.js';

/** What happened to the connections between two snapshots. */
export interface Changes {
  opened: number;
  closed: number;
  stateChanged: number;
  ownerChanged: number;
}

/** A snapshot as a tracker sees it. */
export interface Look {
  readonly number: number;
  readonly table: Table;
  /** Name of the process that had this pid at the time. */
  readonly processOf: (pid: number) => string | null;
}

/** How a connection was before a look: by its number in the log. */
interface Before {
  readonly connection: number;
  readonly rows: number;
  readonly state: number;
  readonly pid: number;
  /** Where it had several rows. */
  readonly several: { readonly ownership: string; readonly pids: readonly number[] } | undefined;
}

/**
 * Follows the sockets of one coverage (`TCP over IPv4, all`) from one snapshot that has them to the next. What a snapshot has in common
 * with the one before is paired in the engine; what is left over is taken out of the log, and put in again as it is now, so that a look
 * costs what has changed.
 */
export class Tracker {
  /** Rows by state now, in slots. */
  readonly rowsByState = new Uint32Array(STATE_SLOTS);
  readonly #log: ConnectionLog;
  readonly #owners: Owners;
  readonly #family: Family;
  /** Coverage, and a key behind it. */
  readonly #words: Uint32Array;
  readonly #several = new Map<number, SeveralRows>();
  /** Connections with owners that they had, of those that had more than one. */
  readonly #owned = new Set<number>();
  #table: Table | undefined;
  #first = 0;
  #last = 0;
  #looks = 0;

  constructor(log: ConnectionLog, owners: Owners, coverage: number, family: Family) {
    this.#log = log;
    this.#owners = owners;
    this.#family = family;
    this.#words = new Uint32Array(1 + KEY_WORDS[family]);
    this.#words[0] = coverage;
  }

  /** Numbers of the first and the last snapshot that had these sockets. */
  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#last;
  }

  /** How many snapshots had them. */
  get looks(): number {
    return this.#looks;
  }

  /** Takes the table over: it is freed when the next one has come, or by `free`. */
  look(look: Look): Changes {
    const { before, after } = Table.unpaired(this.#table, look.table, this.#family);
    this.free();
    this.#table = look.table;
    const isFirst = this.#looks === 0;
    if (isFirst) this.#first = look.number;
    const touched: Before[] = [];
    if (before !== undefined) this.#takeOut(before, look.number, touched);
    this.#putIn(after, look.number, touched);
    const changes: Changes = { opened: 0, closed: 0, stateChanged: 0, ownerChanged: 0 };
    for (const was of touched) this.#settle(was, look, changes);
    this.#last = look.number;
    this.#looks++;
    // What was there when the recording began was opened nobody knows when.
    return isFirst ? { ...changes, opened: 0 } : changes;
  }

  free(): void {
    this.#table?.free();
    this.#table = undefined;
  }

  /** Ends the span of a connection that is still there. */
  finish(connection: number): void {
    if (this.#log.rows.values[connection]! > 0) this.#endSpan(connection);
  }

  #takeOut(rows: KeyedRows, number: number, touched: Before[]): void {
    const { rows: counts, state: states, pid: pids } = this.#log;
    for (let i = 0; i < rows.count; i++) {
      const [state, pid] = [rows.states[i]!, rows.pids[i]!];
      const connection = this.#touch(rows, i, number, touched);
      this.rowsByState[stateSlot(state)]!--;
      const left = --counts.values[connection]!;
      const several = this.#several.get(connection);
      if (several === undefined) continue;
      several.remove(state, pid);
      if (left > 1) continue;
      states.values[connection] = several.any.state;
      pids.values[connection] = several.any.pid;
      this.#several.delete(connection);
    }
  }

  #putIn(rows: KeyedRows, number: number, touched: Before[]): void {
    const { rows: counts, state: states, pid: pids } = this.#log;
    for (let i = 0; i < rows.count; i++) {
      const [state, pid] = [rows.states[i]!, rows.pids[i]!];
      const connection = this.#touch(rows, i, number, touched);
      this.rowsByState[stateSlot(state)]!++;
      const count = ++counts.values[connection]!;
      if (count === 1) {
        states.values[connection] = state;
        pids.values[connection] = pid;
        continue;
      }
      let several = this.#several.get(connection);
      if (several === undefined) {
        several = new SeveralRows();
        several.add(states.values[connection]!, pids.values[connection]!);
        this.#several.set(connection, several);
      }
      several.add(state, pid);
    }
  }

  /** The connection of a row. How it was before this look is noted, once. */
  #touch(rows: KeyedRows, i: number, number: number, touched: Before[]): number {
    const words = this.#words;
    const width = words.length - 1;
    for (let word = 0; word < width; word++) words[1 + word] = rows.keys[i * width + word]!;
    const connection = this.#log.numberOf(words, words.length);
    const stamps = this.#log.touched.values;
    if (stamps[connection] !== number + 1) {
      stamps[connection] = number + 1;
      touched.push({
        connection,
        rows: this.#log.rows.values[connection]!,
        state: this.#log.state.values[connection]!,
        pid: this.#log.pid.values[connection]!,
        several: this.#severalNow(connection),
      });
    }
    return connection;
  }

  #severalNow(connection: number): Before['several'] {
    const several = this.#several.get(connection);
    return several && { ownership: several.ownership, pids: several.pids };
  }

  /** Whether a connection that was there has other owners now. That TIME_WAIT has none is no change. */
  #hasOtherOwner(was: Before, state: number): boolean {
    const several = this.#several.get(was.connection);
    const pid = this.#log.pid.values[was.connection]!;
    if (several === undefined && was.several === undefined) {
      return pid !== was.pid && state !== STATE_TIME_WAIT && was.state !== STATE_TIME_WAIT;
    }
    const before = was.several?.ownership ?? ownershipOf([{ state: was.state, pid: was.pid, count: 1 }]);
    const now = several?.ownership ?? ownershipOf([{ state, pid, count: 1 }]);
    return before !== now && before !== '' && now !== '';
  }

  #settle(was: Before, look: Look, changes: Changes): void {
    const { connection } = was;
    const { number } = look;
    const log = this.#log;
    const several = this.#several.get(connection);
    if (several !== undefined) log.state.values[connection] = several.lowestState;
    const state = log.state.values[connection]!;
    const isThere = log.rows.values[connection]! > 0;
    if (was.rows > 0 && !isThere) {
      changes.closed++;
      this.#endSpan(connection);
    }
    if (!isThere) return;
    if (was.rows === 0) {
      changes.opened++;
      log.span.values[connection] = log.spans.add(connection, number, this.#looks);
    } else {
      if (state !== was.state) changes.stateChanged++;
      if (this.#hasOtherOwner(was, state)) changes.ownerChanged++;
    }
    if (was.rows === 0 || state !== was.state) log.states.add(connection, state, number);
    this.#noteOwners(was, look);
  }

  /** Notes who owns a connection now and did not before. A name that a process has taken since is not asked for. */
  #noteOwners(was: Before, { number, processOf }: Look): void {
    const { connection } = was;
    const several = this.#several.get(connection);
    const pid = this.#log.pid.values[connection]!;
    if (several === undefined && was.several === undefined && was.rows > 0 && was.pid === pid) return;
    const before = was.several?.pids ?? (was.rows > 0 ? [was.pid] : []);
    for (const owner of several?.pids ?? [pid]) {
      if (owner === 0 || before.includes(owner)) continue;
      this.#noteOwner(connection, this.#owners.numberOf(owner, processOf(owner)), number);
    }
  }

  /** The span ends with the last look. Until now it had the number of the look that it began with. */
  #endSpan(connection: number): void {
    const { spans, span, seen } = this.#log;
    const pair = span.values[connection]!;
    seen.values[connection]! += this.#looks - spans.secondOf(pair);
    spans.setSecond(pair, this.#last);
  }

  #noteOwner(connection: number, owner: number, number: number): void {
    const { lastOwner, owners } = this.#log;
    const last = lastOwner.values[connection]!;
    if (last === owner + 1) return;
    lastOwner.values[connection] = owner + 1;
    if (last !== 0) {
      this.#owned.add(pairOf(connection, last - 1));
      if (this.#owned.has(pairOf(connection, owner))) return;
      this.#owned.add(pairOf(connection, owner));
    }
    owners.add(connection, owner, number);
  }
}

/** Two numbers as one; there are never so many owners. */
function pairOf(connection: number, owner: number): number {
  return connection * 2 ** 22 + owner;
}
