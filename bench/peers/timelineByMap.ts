/** Connections over a recording, by a script: DataView, string keys and a Map. One pass, one lookup for each row. */

import { LISTEN } from '../tables/states.js';
import { HEADER_BYTES, ROW_BYTES } from '../tables/tableBytes.js';

export interface MapConnection {
  readonly spans: [first: number, last: number][];
  readonly states: { state: number; since: number }[];
  readonly pids: number[];
  seen: number;
}

export interface MapTimeline {
  readonly connections: Map<string, MapConnection>;
  readonly opened: number[];
  readonly closed: number[];
  readonly rowsByState: Map<number, number>[];
}

/** @param tables MIB_TCPTABLE2, one for each snapshot */
export class TimelineByMap {
  readonly timeline: MapTimeline = { connections: new Map(), opened: [], closed: [], rowsByState: [] };
  #rowsBefore = 0;

  add(number: number, table: Uint8Array): void {
    const { connections, opened, closed, rowsByState } = this.timeline;
    const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
    const rows = view.getUint32(0, true);
    const states = new Map<number, number>();
    let cameNow = 0;
    for (let row = 0, at = HEADER_BYTES; row < rows; row++, at += ROW_BYTES) {
      const state = view.getUint32(at, true);
      const local = `${view.getUint32(at + 4)}:${view.getUint16(at + 8)}`;
      const key = state === LISTEN ? local : `${local}-${view.getUint32(at + 12)}:${view.getUint16(at + 16)}`;
      const pid = view.getUint32(at + 20, true);
      states.set(state, (states.get(state) ?? 0) + 1);
      const connection = connections.get(key);
      if (connection === undefined) {
        const pids = pid === 0 ? [] : [pid];
        connections.set(key, {
          spans: [[number, number]],
          states: [{ state, since: number }],
          pids,
          seen: 1,
        });
        cameNow++;
        continue;
      }
      connection.seen++;
      const span = connection.spans.at(-1)!;
      const wasThere = span[1] === number - 1;
      if (wasThere) {
        span[1] = number;
      } else {
        connection.spans.push([number, number]);
        cameNow++;
      }
      if (!wasThere || connection.states.at(-1)!.state !== state)
        connection.states.push({ state, since: number });
      if (pid !== 0 && !connection.pids.includes(pid)) connection.pids.push(pid);
    }
    opened.push(number === 0 ? 0 : cameNow);
    closed.push(number === 0 ? 0 : this.#rowsBefore - (rows - cameNow));
    rowsByState.push(states);
    this.#rowsBefore = rows;
  }
}
