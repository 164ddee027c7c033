import { addressReader } from '../table/address.js';
import {
  ADDRESS_COLUMNS,
  FAMILY_NUMBERS,
  NO_VALUE,
  PROTOCOL_NUMBERS,
  type AddressField,
} from '../table/fields.js';
import { familyName, offloadName, protocolName, stateName } from '../table/names.js';
import { addedSources } from './addedSources.js';
import type { DatasetChunk, NumberedField } from './datasetChunk.js';
import type { NumberedColumn } from './numberRows.js';
import type { ColumnValue } from './parquet/columnValues.js';
import type { DatasetColumn } from './schema.js';

type Value = ColumnValue | null;

/** Columns whose values are told by one number a row: a name and its number, an address as text and as bytes. */
export interface ColumnSource {
  /** One a row of the chunk; numbers of `range` and above are rows without a value. */
  readonly numbers: NumberedColumn;
  readonly range: number;
  /** The value that each column has for a number; null where it has none. Columns of one source have none for the same numbers. */
  readonly columns: Partial<Record<DatasetColumn, (number: number) => Value>>;
  /** Whether different numbers often have the same value. */
  readonly hasRepetitions?: true;
}

/** Where each column of the dataset comes from. Borrows from the engine: valid until it allocates. */
export function columnSources(chunk: DatasetChunk): ColumnSource[] {
  const { table } = chunk;
  // Before anything is borrowed: what is made now takes memory.
  const added = addedSources(chunk);
  const ports = chunk.borrowPorts();
  const port = (value: number): number => value;
  return [
    snapshotSource(chunk),
    kindSource(chunk),
    numbered(chunk, 'state', { state: (value) => value, stateName }),
    addressSource(chunk, 'local'),
    { numbers: ports.local, range: 0x10000, columns: { localPort: port } },
    addressSource(chunk, 'remote'),
    { numbers: ports.remote, range: 0x10000, columns: { remotePort: port } },
    numbered(chunk, 'pid', { pid: (value) => value }),
    {
      numbers: chunk.data.columns.borrow('process'),
      range: table.processNames.length,
      columns: { process: (number) => table.processNames[number] || null },
    },
    numbered(chunk, 'offload', { offload: (value) => value, offloadName }),
    ...added,
  ];
}

function snapshotSource({ snapshotOf, origins }: DatasetChunk): ColumnSource {
  return {
    numbers: snapshotOf,
    range: origins.length,
    columns: {
      host: (number) => origins[number]!.host,
      time: (number) => origins[number]!.timeUtcMicroseconds,
      file: (number) => origins[number]!.file,
      snapshot: (number) => origins[number]!.number,
      digest: (number) => origins[number]!.digest,
    },
    hasRepetitions: true,
  };
}

/** Protocol and family. */
function kindSource({ kinds }: DatasetChunk): ColumnSource {
  const { TCP, UDP } = PROTOCOL_NUMBERS;
  const { IPv4, IPv6 } = FAMILY_NUMBERS;
  const protocolOf = (kind: number): number => (kind < 2 ? TCP : UDP);
  const familyOf = (kind: number): number => (kind % 2 === 0 ? IPv4 : IPv6);
  return {
    numbers: kinds,
    range: 4,
    columns: {
      protocol: (kind) => protocolName(protocolOf(kind)),
      protocolNumber: protocolOf,
      family: (kind) => familyName(familyOf(kind)),
      familyNumber: familyOf,
    },
    hasRepetitions: true,
  };
}

/** A column of numbers as they stand in the raw table. */
function numbered(
  chunk: DatasetChunk,
  field: Exclude<NumberedField, AddressField>,
  texts: Partial<Record<DatasetColumn, (value: number) => Value>>,
): ColumnSource {
  const { numbers, members } = chunk.numbering(field);
  const { columns } = chunk.data;
  const read = columns.reader(field);
  const isNone = (value: number): boolean => columns.isWide && field !== 'pid' && value === NO_VALUE;
  return {
    numbers,
    range: members.length,
    columns: Object.fromEntries(
      Object.entries(texts).map(([name, format]) => [
        name,
        (number: number): Value => {
          const value = read(members[number]!);
          return isNone(value) ? null : format(value);
        },
      ]),
    ),
  };
}

function addressSource(chunk: DatasetChunk, field: AddressField): ColumnSource {
  const { numbers, members } = chunk.numbering(field);
  const textOf = addressTextOf(chunk, field);
  const bytesOf = bytesReader(chunk, field);
  return {
    numbers,
    range: members.length,
    columns:
      field === 'local'
        ? { localAddress: textOf, localBytes: (number) => bytesOf(members[number]!) }
        : {
            remoteAddress: textOf,
            remoteBytes: (number) => (textOf(number) === null ? null : bytesOf(members[number]!)),
          },
  };
}

/** The text of a numbered address; null for the remote ends of protocols that have none. */
function addressTextOf(chunk: DatasetChunk, field: AddressField): (number: number) => string | null {
  const { columns } = chunk.data;
  const { members } = chunk.numbering(field);
  const read = addressReader(columns, field);
  if (field === 'local' || !columns.isWide) return (number) => read(members[number]!);
  const protocol = columns.reader('protocol');
  return (number) => {
    const row = members[number]!;
    return protocol(row) === PROTOCOL_NUMBERS.TCP ? read(row) : null;
  };
}

const ADDRESS_BYTES = 16;

/** The sixteen bytes of a row's address, those of IPv4 in the last four, as copyColumn has them. */
function bytesReader({ data: { columns } }: DatasetChunk, field: AddressField): (row: number) => Uint8Array {
  const words = columns.isWide ? ADDRESS_COLUMNS[field].words : [field];
  const readers = words.map((word) => columns.reader(word));
  const first = ADDRESS_BYTES - readers.length * 4;
  return (row) => {
    const bytes = new Uint8Array(ADDRESS_BYTES);
    let at = first;
    for (const read of readers) {
      const word = read(row);
      for (let shift = 24; shift >= 0; shift -= 8) bytes[at++] = word >>> shift;
    }
    return bytes;
  };
}
