import { concatBytes } from '../bytes.js';
import { escapeControls } from '../text/escapeControls.js';
import { connectionKeys, type ConnectionKey } from './connection.js';
import { jsonValue } from './jsonRow.js';
import { offloadName, OFFLOAD_STATES, stateName, STATES } from './names.js';
import type { TableData } from './tableData.js';
import { textPieces, type TextPart, type TextValue } from './textKernel.js';

/**
 * The given rows, or all, as CSV in UTF-8, a large piece at a time: RFC 4180 with LF line ends.
 *
 * @param columns keys of a row; default: all
 * @throws SnapshotError `unknown-field`; RangeError for a number that is no row
 */
export function csvPieces(
  data: TableData,
  rows: Uint32Array | undefined,
  columns: readonly string[] | undefined,
  header: boolean,
): Iterable<Uint8Array> {
  const keys = connectionKeys(columns);
  const parts = keys.map((key, i): TextPart => {
    const { constant, value } = textValue(data, key, csvValue);
    return { before: (i === 0 ? '' : ',') + constant, value };
  });
  const head = header ? keys.join(',') + '\n' : '';
  return textPieces(data, rows, head, [...parts, { before: '\n', value: { kind: 'none' } }]);
}

/** As csvPieces: one JSON object a line. */
export function ndjsonPieces(
  data: TableData,
  rows: Uint32Array | undefined,
  columns: readonly string[] | undefined,
): Iterable<Uint8Array> {
  const keys = connectionKeys(columns);
  // A value that is a string has its closing quote in the text before the next one.
  let open = '{';
  let close = '';
  const parts = keys.map((key): TextPart => {
    const { constant, value } = textValue(data, key, jsonValue);
    const quote = QUOTED_KEYS.has(key) ? '"' : '';
    const before = `${close}${open}"${key}":${quote}${constant}`;
    open = ',';
    close = quote;
    return { before, value };
  });
  const end = `${close}${keys.length === 0 ? '{' : ''}}\n`;
  return textPieces(data, rows, '', [...parts, { before: end, value: { kind: 'none' } }]);
}

/** All pieces as one. */
export function joinPieces(pieces: Iterable<Uint8Array>): Uint8Array {
  const [first = new Uint8Array(), ...rest] = pieces;
  return rest.length === 0 ? first : concatBytes([first, ...rest]);
}

/** Keys whose values are strings that the text parts put quotes around; names of processes bring their own, or are null. */
const QUOTED_KEYS: ReadonlySet<ConnectionKey> = new Set([
  'protocol',
  'family',
  'stateName',
  'localAddress',
  'remoteAddress',
  'offloadName',
]);

/** How a key's value is written: as text that is the same in every row, or as a value of a column. */
function textValue(
  { columns, processNames }: TableData,
  key: ConnectionKey,
  processText: (name: string | null) => string,
): { readonly constant: string; readonly value: TextValue } {
  const number = (field: 'state' | 'pid' | 'offload' | 'lport' | 'rport'): TextValue => {
    return { kind: 'number', column: columns.address(field), valueBytes: field.endsWith('port') ? 2 : 4 };
  };
  const address = (field: 'local' | 'remote'): TextValue => ({
    kind: 'address',
    column: columns.address(field),
  });
  const name = (
    field: 'state' | 'offload' | 'process',
    names: readonly (string | undefined)[],
  ): TextValue => {
    return { kind: 'name', column: columns.address(field), names };
  };
  const varying = (value: TextValue) => ({ constant: '', value });
  switch (key) {
    case 'protocol':
      return { constant: 'TCP', value: { kind: 'none' } };
    case 'family':
      return { constant: 'IPv4', value: { kind: 'none' } };
    case 'state':
      return varying(number('state'));
    case 'stateName':
      return varying(name('state', namesByNumber(STATES, stateName)));
    case 'localAddress':
      return varying(address('local'));
    case 'localPort':
      return varying(number('lport'));
    case 'remoteAddress':
      return varying(address('remote'));
    case 'remotePort':
      return varying(number('rport'));
    case 'pid':
      return varying(number('pid'));
    case 'process':
      return varying(
        name(
          'process',
          processNames.map((text) => processText(text || null)),
        ),
      );
    case 'offload':
      return varying(number('offload'));
    case 'offloadName':
      return varying(name('offload', namesByNumber(OFFLOAD_STATES, offloadName)));
  }
}

/** A list in which each number that has a name stands at its place. */
function namesByNumber(
  numbers: readonly number[],
  nameOf: (number: number) => string,
): (string | undefined)[] {
  const names: (string | undefined)[] = Array.from({ length: Math.max(...numbers) + 1 }, () => undefined);
  for (const number of numbers) names[number] = nameOf(number);
  return names;
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
