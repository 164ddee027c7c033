import type { Connection, Table } from '../../core/index.js';
import { NO_VALUE } from '../../core/table/fields.js';
import { rowBatches } from '../../core/table/rowBatches.js';

/** What the C example on the page of GetTcpTable2 prints for each state, its trailing space after FIN-WAIT-2 included. */
const STATE_TEXTS: Readonly<Record<number, string>> = {
  1: 'CLOSED',
  2: 'LISTEN',
  3: 'SYN-SENT',
  4: 'SYN-RECEIVED',
  5: 'ESTABLISHED',
  6: 'FIN-WAIT-1',
  7: 'FIN-WAIT-2 ',
  8: 'CLOSE-WAIT',
  9: 'CLOSING',
  10: 'LAST-ACK',
  11: 'TIME-WAIT',
  12: 'DELETE-TCB',
};

const OFFLOAD_TEXTS: Readonly<Record<number, string>> = {
  0: 'Owned by the network stack and not offloaded ',
  1: 'In the process of being offloaded',
  2: 'Offloaded to the network interface control',
  3: 'In the process of being uploaded back to the network stack ',
};

/** Exactly what that example prints for these rows, with LF line ends. Its `%d` and `%ld` print 32 bits as signed. */
export function* sampleText(table: Table, rows: Uint32Array): Generator<string> {
  const own = tcp2Rows(table, rows);
  yield `\tNumber of entries: ${own.length}\n`;
  let number = 0;
  for (const batch of rowBatches(table, own)) {
    yield batch
      .filter(isTcp2)
      .map((row) => sampleRow(row, number++))
      .join('');
  }
}

/** A row of MIB_TCPTABLE2: the example knows no others. */
type Tcp2Row = Connection & { readonly state: number; readonly offload: number };

function tcp2Rows(table: Table, rows: Uint32Array): Uint32Array {
  const family = table.copyColumn('family');
  const offload = table.copyColumn('offload');
  // Rows of other tables have no offload state, and the number that stands for that is seldom one of a row that has.
  return rows.filter((row) => family[row] === 4 && (offload[row] !== NO_VALUE || isTcp2(table.row(row))));
}

function isTcp2(row: Connection): row is Tcp2Row {
  return row.family === 'IPv4' && row.state !== null && row.offload !== null;
}

function sampleRow(row: Tcp2Row, number: number): string {
  const name = `\tTCP[${number}]`;
  const state = STATE_TEXTS[row.state] ?? 'UNKNOWN dwState value';
  const offload = OFFLOAD_TEXTS[row.offload] ?? 'UNKNOWN Offload state value';
  return (
    `\n${name} State: ${row.state | 0} - ${state}\n` +
    `${name} Local Addr: ${row.localAddress}\n` +
    `${name} Local Port: ${row.localPort} \n` +
    `${name} Remote Addr: ${row.remoteAddress}\n` +
    `${name} Remote Port: ${row.remotePort}\n` +
    `${name} Owning PID: ${row.pid | 0}\n` +
    `${name} Offload State: ${row.offload | 0} - ${offload}\n`
  );
}
