import { escapeControls } from '../text/escapeControls.js';
import { FIELD_OF_KEY } from './addedValues.js';
import type { Columns } from './columns.js';
import { connectionKeys, isAddedKey, type AddedKey, type ConnectionKey } from './connection.js';
import { jsonValue } from './jsonRow.js';
import { FAMILY_NAMES, offloadName, OFFLOAD_STATES, PROTOCOL_NAMES, stateName, STATES } from './names.js';
import { ADDRESS_COLUMNS, type AddressField } from './fields.js';
import { OWNERS } from './owners.js';
import { haveAllRemotes, remoteFamilies, remotePorts } from './remoteEnds.js';
import type { TableData } from './tableData.js';
import type { RowText } from './textKernel.js';
import type { NameValue, TextSegment } from './textSegments.js';

/**
 * Rows as CSV: RFC 4180 with LF line ends.
 *
 * @param columns keys of a row; default: all
 * @throws SnapshotError `unknown-field`
 */
export function csvText(data: TableData, columns: readonly string[] | undefined, header: boolean): RowText {
  const keys = connectionKeys(columns ?? data.added.keys);
  const values = keys.flatMap((key) => [',', ...valueSegments(data, key, csvValue)]);
  return { head: header ? keys.join(',') + '\n' : '', segments: [...values.slice(1), '\n'] };
}

/** As csvText: one JSON object a line. */
export function ndjsonText(data: TableData, columns: readonly string[] | undefined): RowText {
  return { head: '', segments: [...objectSegments(data, columns), '\n'] };
}

/** As csvText: JSON objects as the members of a list, each on a line of its own, with a comma before it. */
export function jsonMemberText(
  data: TableData,
  columns: readonly string[] | undefined,
  indent: string,
): RowText {
  return { head: '', segments: [`,\n${indent}`, ...objectSegments(data, columns)] };
}

function objectSegments(data: TableData, columns: readonly string[] | undefined): TextSegment[] {
  const members = connectionKeys(columns ?? data.added.keys).flatMap((key) => {
    return [',', `"${key}":`, ...valueSegments(data, key, jsonValue)];
  });
  return ['{', ...members.slice(1), '}'];
}

/** How a value that is no number is written: with quotes, or as nothing. */
type FormatValue = (value: string | null) => string;

/** A key's value in every row. */
function valueSegments(data: TableData, key: ConnectionKey, format: FormatValue): TextSegment[] {
  if (isAddedKey(key)) return addedSegments(data, key, format);
  const { columns, processNames } = data;
  const number = (field: 'pid' | 'lport' | 'rport'): TextSegment[] => {
    const valueBytes = field === 'pid' ? 4 : 2;
    return [{ kind: 'number', column: columns.address(field), valueBytes }];
  };
  const none = columns.isWide ? { none: format(null) } : {};
  switch (key) {
    case 'protocol':
      return columns.isWide ? numberedNames(columns, 'protocol', PROTOCOL_NAMES, format) : [format('TCP')];
    case 'family':
      return columns.isWide ? numberedNames(columns, 'family', FAMILY_NAMES, format) : [format('IPv4')];
    case 'state':
      return [{ ...namedNumber(columns.address('state'), STATES, String), ...none }];
    case 'stateName':
      return [
        { ...namedNumber(columns.address('state'), STATES, (state) => format(stateName(state))), ...none },
      ];
    case 'localAddress':
      return addressSegments(data, 'local', format);
    case 'localPort':
      return number('lport');
    case 'remoteAddress':
      return addressSegments(data, 'remote', format);
    case 'remotePort':
      if (haveAllRemotes(data)) return number('rport');
      return [numberOrNone(remotePorts(data), format)];
    case 'pid':
      return number('pid');
    case 'process': {
      const names = processNames.map((name) => format(name || null));
      if (names.length === 1) return names;
      return [{ kind: 'name', column: columns.address('process'), names, unknown: [format(null)] }];
    }
    case 'offload':
      return [{ ...namedNumber(columns.address('offload'), OFFLOAD_STATES, String), ...none }];
    case 'offloadName': {
      const nameOf = (offload: number): string => format(offloadName(offload));
      return [{ ...namedNumber(columns.address('offload'), OFFLOAD_STATES, nameOf), ...none }];
    }
  }
}

/** A value that not every snapshot tells. */
function addedSegments(data: TableData, key: AddedKey, format: FormatValue): TextSegment[] {
  const { added } = data;
  if (key === 'created') {
    const [column, ...further] = added.created() ?? [];
    if (column === undefined) return [format(null)];
    return [{ kind: 'time', column, further, around: around(format), none: format(null) }];
  }
  const column = added.address(FIELD_OF_KEY[key]);
  if (column === undefined) return [format(null)];
  switch (key) {
    case 'owner':
      return [{ kind: 'name', column, names: OWNERS.map((owner) => format(owner)), unknown: [format(null)] }];
    case 'module':
    case 'lastProcess': {
      const names = added.namesOf(FIELD_OF_KEY[key]).map((name) => format(name || null));
      return [{ kind: 'name', column, names, unknown: [format(null)] }];
    }
    default:
      return [numberOrNone(column, format)];
  }
}

function numberOrNone(column: number, format: FormatValue): TextSegment {
  return { kind: 'numberOrNone', column, further: [], around: ['', ''], none: format(null) };
}

/** What a format puts around any text. */
function around(format: FormatValue): readonly [before: string, after: string] {
  const [before = '', after = ''] = format(SOME_ADDRESS).split(SOME_ADDRESS);
  return [before, after];
}

/** Numbers that all have names. One that all rows have is a text like any other, which becomes part of the names beside it. */
function numberedNames(
  columns: Columns,
  field: 'protocol' | 'family',
  known: ReadonlyMap<number, string>,
  format: FormatValue,
): TextSegment[] {
  const nameOf = (number: number): string => format(known.get(number) ?? null);
  const constant = columns.constantOf(field);
  if (constant !== undefined) return [nameOf(constant)];
  return [namedNumber(columns.address(field), [...known.keys()], nameOf)];
}

function addressSegments(data: TableData, field: AddressField, format: FormatValue): TextSegment[] {
  const { columns } = data;
  const [before, after] = around(format);
  if (!columns.isWide) return [before, { kind: 'address', column: columns.address(field) }, after];
  const { words, scope } = ADDRESS_COLUMNS[field];
  const further = [...words, scope].map((word) => columns.address(word));
  const column = field === 'remote' ? remoteFamilies(data) : columns.address('family');
  return [{ kind: 'anyAddress', column, further, around: [before, after], none: format(null) }];
}

/** Any address, to see what a format puts around one; and a number that no state has, to see the same for those. */
const SOME_ADDRESS = '0.0.0.0';
const UNNAMED = 0xffffffff;

/** A number of which few values are usual: those have their text ready, any other is written into the text of an unnamed one. */
function namedNumber(
  column: number,
  usual: readonly number[],
  textOf: (number: number) => string,
): NameValue {
  const names: (string | undefined)[] = Array.from({ length: Math.max(...usual) + 1 }, () => undefined);
  for (const number of usual) names[number] = textOf(number);
  return { kind: 'name', column, names, unknown: textOf(UNNAMED).split(String(UNNAMED)) };
}

/**
 * A value in CSV. CSV has no escape for control characters, so they are shown as JSON would escape them. A text that a
 * spreadsheet would take for a formula gets an apostrophe in front: names of processes are chosen by whoever named the file.
 */
export function csvValue(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const text = escapeControls(/^[=+\-@]/.test(value) ? `'${value}` : value);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
