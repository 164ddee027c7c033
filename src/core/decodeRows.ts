import type { Engine } from './engine/engine.js';
import type { Kernels } from './engine/kernels.js';
import { SnapshotError } from './errors.js';
import type { RawTable } from './snapshot.js';
import type { Columns } from './table/columns.js';
import { layoutOf } from './tableClass.js';

export type DecodableTable = Pick<RawTable, 'bytes' | 'class' | 'scope'>;

/** Of the classes that can be captured, this decoder knows one. */
export function isDecodable(tableClass: string): tableClass is 'tcp2' {
  return tableClass === 'tcp2';
}

/** All that is needed of a table to count its rows. */
const HEADER_BYTES = 4;

/**
 * Checks that the bytes hold the rows that they claim, and counts them.
 *
 * @throws SnapshotError `bad-table` with the offset, `unknown-class`
 */
export function countRows(engine: Engine, { bytes, class: tableClass }: DecodableTable): number {
  if (!isDecodable(tableClass)) {
    throw new SnapshotError('unknown-class', `cannot decode tables of class "${tableClass}"; known: tcp2`);
  }
  return engine.run((kernels) => {
    const window = kernels.windowAddress();
    engine.bytes.set(bytes.subarray(0, HEADER_BYTES), window);
    // No table that a u32 cannot measure has rows that a u32 cannot count.
    const rows = kernels.countTcp2Rows(window, Math.min(bytes.length, 0xffffffff));
    if (rows < 0) throw badTable(bytes, layoutOf(tableClass).structure, rows, kernels);
    return rows;
  });
}

/**
 * Decodes the rows of a table that countRows has checked into rows `firstRow` on of the columns. Returns how many they are.
 *
 * Rows are copied into a window that stays in cache, and decoded from there: the raw bytes never take memory of their own, and are
 * not written to it and read back.
 */
export function decodeRows(
  engine: Engine,
  columns: Columns,
  table: DecodableTable,
  firstRow: number,
): number {
  const { bytes } = table;
  const rows = countRows(engine, table);
  engine.run((kernels) => {
    const window = kernels.windowAddress();
    const start = kernels.TCP2_FIRST_ROW.value;
    const rowBytes = kernels.TCP2_ROW_BYTES.value;
    const windowRows = Math.floor(kernels.WINDOW_BYTES.value / rowBytes);
    for (let row = 0; row < rows; row += windowRows) {
      const count = Math.min(windowRows, rows - row);
      const from = start + row * rowBytes;
      engine.bytes.set(bytes.subarray(from, from + count * rowBytes), window);
      const to = firstRow + row;
      kernels.decodeTcp2(
        window,
        count,
        columns.address('state', to),
        columns.address('local', to),
        columns.address('remote', to),
        columns.address('pid', to),
        columns.address('offload', to),
        columns.address('lport', to),
        columns.address('rport', to),
      );
    }
  });
  return rows;
}

function badTable(bytes: Uint8Array, structure: string, status: number, kernels: Kernels): SnapshotError {
  const firstRow = kernels.TCP2_FIRST_ROW.value;
  if (status === kernels.HEADER_TRUNCATED.value) {
    return new SnapshotError(
      'bad-table',
      `not a ${structure}: the row count needs ${firstRow} bytes, there are ${bytes.length}`,
      { offset: 0 },
    );
  }
  const rows = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true);
  const rowBytes = kernels.TCP2_ROW_BYTES.value;
  const remaining = bytes.length - firstRow;
  return new SnapshotError(
    'bad-table',
    `not a whole ${structure}: ${rows} rows need ${rows * rowBytes} bytes, ${remaining} remain at offset ${firstRow}`,
    { offset: firstRow, row: Math.floor(remaining / rowBytes) },
  );
}
