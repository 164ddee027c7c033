import { fileTimeMicroseconds } from '../fileTime.js';
import { addedValueReader, FIELD_OF_KEY } from '../table/addedValues.js';
import type { TableData } from '../table/tableData.js';
import type { ColumnSource } from './columnSources.js';
import type { DatasetChunk } from './datasetChunk.js';
import { numberRows, type Numbering } from './numberRows.js';
import type { ColumnValue } from './parquet/columnValues.js';
import { ADDED_COLUMNS, type AddedColumn } from './schema.js';

/** The values of a column that not every snapshot tells, numbered. */
export interface AddedNumbers {
  readonly numbers: Numbering['numbers'];
  /** By number. */
  readonly values: readonly (ColumnValue | null)[];
}

/** The columns that not every snapshot tells. Of what none of a chunk tells, no row has a value. */
export function addedSources(chunk: DatasetChunk): ColumnSource[] {
  return ADDED_COLUMNS.map((column): ColumnSource => {
    const { numbers, values } = chunk.addedNumbers(column);
    return { numbers, range: values.length, columns: { [column]: (number: number) => values[number]! } };
  });
}

/** Numbers the rows of a table by a column. */
export function numberAdded(data: TableData, column: AddedColumn): AddedNumbers {
  return column === 'created' ? numberTimes(data) : numberField(data, column);
}

/** Every number is above the range: no row has a value. */
function noValues({ columns }: TableData): AddedNumbers {
  return { numbers: new Uint32Array(columns.rowCount), values: [] };
}

function numberField(data: TableData, column: Exclude<AddedColumn, 'created'>): AddedNumbers {
  const field = FIELD_OF_KEY[column];
  const address = data.added.address(field);
  if (address === undefined) return noValues(data);
  const valueOf = addedValueReader(data, field);
  const rows = data.engine.borrowU32(address, data.columns.rowCount);
  const { numbers, members } = numberRows([rows], rows.length);
  return { numbers, values: Array.from(members, (row) => valueOf(rows[row]!)) };
}

/** Microseconds of FILETIMEs, which no number holds all of. */
function numberTimes(data: TableData): AddedNumbers {
  const addresses = data.added.created();
  if (addresses === undefined) return noValues(data);
  const [high, low] = addresses.map((address) => data.engine.borrowU32(address, data.columns.rowCount)) as [
    Uint32Array,
    Uint32Array,
  ];
  const { numbers, members } = numberRows([high, low], high.length);
  const values = Array.from(members, (row) =>
    high[row] === 0 && low[row] === 0 ? null : fileTimeMicroseconds(high[row]!, low[row]!),
  );
  return { numbers, values };
}
