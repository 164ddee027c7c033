import { EventLog } from './eventLog.js';
import { GrowingColumn } from './growing.js';
import type { ConnectionHistory } from './timelineData.js';
import { WordIndex } from './wordIndex.js';

/** All connections of a recording, and what happened to each: what the trackers write, each for the sockets that it covers. */
export class ConnectionLog {
  /** A connection is numbered by the number of its coverage and its key (table/keyedRows.ts). */
  readonly keys = new WordIndex();
  /** First and last snapshot of each time that it was there without interruption. */
  readonly spans = new EventLog();
  /** Each state that it went into, and the snapshot at which it was first seen in it. */
  readonly states = new EventLog();
  /** Each of its owners, and the snapshot at which it was first seen with it. */
  readonly owners = new EventLog();

  /** How many rows it has now: mostly one, or none. */
  readonly rows = new GrowingColumn();
  /** Of its row, now or last. Where it has several: the lowest of their states. */
  readonly state = new GrowingColumn();
  /** Of its row, now or last. Has no meaning where it has several. */
  readonly pid = new GrowingColumn();
  /** One more than the number of the owner that it was last seen with; 0: none yet. */
  readonly lastOwner = new GrowingColumn();
  /** The pair in `spans` that is open, or was last. */
  readonly span = new GrowingColumn();
  /** In how many snapshots it was seen, those of an open span not counted. */
  readonly seen = new GrowingColumn();
  /** When it was last looked at more closely: so that this is done once a snapshot. */
  readonly touched = new GrowingColumn();

  /** Number of the coverage of a connection. */
  coverageOf(connection: number): number {
    return this.keys.firstWordOf(connection);
  }

  toHistory(): ConnectionHistory {
    const { count } = this.keys;
    const [spans, states, owners] = [this.spans, this.states, this.owners].map((log) => log.group(count));
    return {
      count,
      keys: this.keys.toArrays(),
      seen: this.seen.toArray(),
      spans: { starts: spans!.starts, first: spans!.first, last: spans!.second },
      states: { starts: states!.starts, state: states!.first, since: states!.second },
      owners: { starts: owners!.starts, owner: owners!.first, since: owners!.second },
    };
  }

  /** The number of a connection, given as coverage and key. */
  numberOf(words: Uint32Array, length: number): number {
    const number = this.keys.numberOf(words, 0, length);
    if (number === this.rows.length) {
      for (const column of [
        this.rows,
        this.state,
        this.pid,
        this.lastOwner,
        this.span,
        this.seen,
        this.touched,
      ]) {
        column.push(0);
      }
    }
    return number;
  }
}
