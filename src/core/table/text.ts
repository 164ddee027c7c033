import { escapeControls } from '../text/escapeControls.js';
import { createdTexts, FIELD_OF_KEY } from './addedValues.js';
import { connectionKeys, isAddedKey, type AddedKey, type ConnectionKey } from './connection.js';
import { withDistinct } from './distinct.js';
import { jsonValue } from './jsonRow.js';
import { FAMILY_NAMES, offloadName, OFFLOAD_STATES, PROTOCOL_NAMES, stateName, STATES } from './names.js';
import { addressNumbers } from './addressNumbers.js';
import type { AddressField } from './fields.js';
import { OWNERS } from './owners.js';
import { remoteEnds } from './remoteEnds.js';
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
      return columns.isWide
        ? [numberedNames(columns.address('protocol'), PROTOCOL_NAMES, format)]
        : [format('TCP')];
    case 'family':
      return columns.isWide
        ? [numberedNames(columns.address('family'), FAMILY_NAMES, format)]
        : [format('IPv4')];
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
      if (!columns.isWide) return number('rport');
      return [{ kind: 'name', column: remoteEnds(data).ports, names: [], unknown: ['', ''], ...none }];
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
  if (key === 'created') return createdSegments(data, format);
  const column = added.address(FIELD_OF_KEY[key]);
  if (column === undefined) return [format(null)];
  switch (key) {
    case 'owner':
      return [{ kind: 'name', column, names: OWNERS.map((owner) => format(owner)), unknown: [''] }];
    case 'module': {
      const names = added.moduleNames.map((name) => format(name || null));
      return [{ kind: 'name', column, names, unknown: [format(null)] }];
    }
    default:
      return [{ kind: 'name', column, names: [], unknown: ['', ''], none: format(null) }];
  }
}

function createdSegments(data: TableData, format: FormatValue): TextSegment[] {
  const { engine, columns, derived, added } = data;
  const created = added.created();
  if (created === undefined) return [format(null)];
  const { numbers, names } = derived.get('numbers of created', columns.rowCount * 4, (block) =>
    withDistinct(engine, created, columns.rowCount, (distinct) => {
      engine.bytes.copyWithin(block, distinct.numbers, distinct.numbers + columns.rowCount * 4);
      const textOf = createdTexts(data);
      return { numbers: block, names: ['', ...Array.from(distinct.members, (row) => textOf(row))] };
    }),
  );
  return [{ kind: 'name', column: numbers, names: names.map(format), unknown: [''] }];
}

/** Numbers that all have names. */
function numberedNames(column: number, known: ReadonlyMap<number, string>, format: FormatValue): NameValue {
  return namedNumber(column, [...known.keys()], (number) => format(known.get(number) ?? null));
}

function addressSegments(data: TableData, field: AddressField, format: FormatValue): TextSegment[] {
  if (data.columns.isWide) {
    const { numbers, count, textOf } = addressNumbers(data, field);
    const names = Array.from({ length: count + 1 }, (_, number) =>
      number === 0 ? undefined : format(textOf(number)),
    );
    return [{ kind: 'name', column: numbers, names, unknown: [''] }];
  }
  const [before = '', after = ''] = format(SOME_ADDRESS).split(SOME_ADDRESS);
  return [before, { kind: 'address', column: data.columns.address(field) }, after];
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
