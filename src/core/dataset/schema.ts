import { CONNECTION_KEYS, TOLD_KEYS, type ConnectionKey } from '../table/connection.js';
import type { ParquetColumn } from './parquet/columnValues.js';

/** Version of the columns (docs/dataset.md). It changes when a column changes its name, its type or its meaning. */
export const DATASET_VERSION = 2;

/** The columns of the dataset, in their order. Those of `show` have the same names and values as there. */
export const DATASET_COLUMNS = [
  { name: 'host', type: 'string', isNullable: true },
  { name: 'time', type: 'timestamp', isNullable: true },
  { name: 'file', type: 'string', isNullable: false },
  { name: 'snapshot', type: 'u32', isNullable: false },
  { name: 'digest', type: 'string', isNullable: false },
  { name: 'protocol', type: 'string', isNullable: false },
  { name: 'protocolNumber', type: 'u8', isNullable: false },
  { name: 'family', type: 'string', isNullable: false },
  { name: 'familyNumber', type: 'u8', isNullable: false },
  { name: 'state', type: 'u32', isNullable: true },
  { name: 'stateName', type: 'string', isNullable: true },
  { name: 'localAddress', type: 'string', isNullable: false },
  { name: 'localBytes', type: 'bytes', isNullable: false },
  { name: 'localPort', type: 'u16', isNullable: false },
  { name: 'remoteAddress', type: 'string', isNullable: true },
  { name: 'remoteBytes', type: 'bytes', isNullable: true },
  { name: 'remotePort', type: 'u16', isNullable: true },
  { name: 'pid', type: 'u32', isNullable: false },
  { name: 'process', type: 'string', isNullable: true },
  { name: 'offload', type: 'u32', isNullable: true },
  { name: 'offloadName', type: 'string', isNullable: true },
  { name: 'owner', type: 'string', isNullable: true },
  { name: 'created', type: 'timestamp', isNullable: true },
  { name: 'module', type: 'string', isNullable: true },
  { name: 'uid', type: 'u32', isNullable: true },
  { name: 'inode', type: 'u32', isNullable: true },
  { name: 'interface', type: 'u32', isNullable: true },
  { name: 'lastPid', type: 'u32', isNullable: true },
  { name: 'lastProcess', type: 'string', isNullable: true },
  { name: 'lastSnapshot', type: 'u32', isNullable: true },
] as const satisfies readonly ParquetColumn[];

export type DatasetColumn = (typeof DATASET_COLUMNS)[number]['name'];

/** The columns by which the rows of a row group are in order. Then come scope, port and the remote end, and of equal ones the snapshots. */
export const SORTED_BY = ['protocol', 'family', 'localBytes'] as const satisfies readonly DatasetColumn[];

/** Where a row comes from: the columns before those of `show`, in CSV and NDJSON too. */
export const ORIGIN_COLUMNS = [
  'host',
  'time',
  'file',
  'snapshot',
  'digest',
] as const satisfies readonly DatasetColumn[];

/** What not every snapshot tells. */
export const ADDED_COLUMNS = TOLD_KEYS satisfies readonly DatasetColumn[];

export type AddedColumn = (typeof ADDED_COLUMNS)[number];

/** The columns that are also those of `show`. */
export const ROW_COLUMNS: readonly ConnectionKey[] = [...CONNECTION_KEYS, ...ADDED_COLUMNS];

/** The columns of CSV and NDJSON: those of `show` after where a row comes from. */
export const TEXT_COLUMNS: readonly string[] = [...ORIGIN_COLUMNS, ...ROW_COLUMNS];
