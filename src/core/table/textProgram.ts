import { concatBytes } from '../bytes.js';
import type { Kernels } from '../engine/kernels.js';
import { mergeSegments, type NameValue, type TextSegment, type TextValue } from './textSegments.js';

/** What the kernel makes the text of rows from. */
export interface TextProgram {
  /** Laid out as assembly/text/program.ts draws it; works wherever it lies. */
  readonly bytes: Uint8Array;
  /** Columns of which a value is taken for each row. */
  readonly valueCount: number;
  /** Bytes that the text of no row exceeds. */
  readonly longestRow: number;
}

const HEADER_BYTES = 16;
const ENTRY_BYTES = 8;
/** The place of `hasNone` in a part. */
const HAS_NONE_WORD = 8;
/** The place of `further` in a part. */
const FURTHER_WORD = 9;
const LONGEST_NUMBER = '4294967295'.length;
const LONGEST: Readonly<Record<Exclude<TextValue['kind'], 'name'>, number>> = {
  address: '255.255.255.255'.length,
  number: LONGEST_NUMBER,
  anyAddress: '1111:1111:1111:1111:1111:1111:1111:1111%4294967295'.length,
  time: 'FILETIME 18446744073709551615'.length,
  numberOrNone: LONGEST_NUMBER,
};

export function encodeTextProgram(kernels: Kernels, segments: readonly TextSegment[]): TextProgram {
  const parts = partsOf(mergeSegments(segments));
  const tables = parts.map(({ value }) => (value === undefined ? [] : textsOf(value)));
  const partBytes = kernels.TEXT_PART_BYTES;
  const tablesAt = HEADER_BYTES + parts.length * partBytes;
  const entryCount = tables.reduce((sum, table) => sum + table.length, 0);
  const furtherAt = tablesAt + entryCount * ENTRY_BYTES;
  const further = parts.map(({ value }) => (value === undefined ? [] : furtherOf(value)));
  const textsAt = furtherAt + further.flat().length * ENTRY_BYTES;
  const after = placeTexts(
    parts.map((part) => part.after),
    textsAt,
  );
  const names = placeTexts(tables.flat(), after.end);

  const bytes = new Uint8Array(names.end + kernels.TEXT_SLACK_BYTES);
  new Uint32Array(bytes.buffer, 0, 1).set([parts.length]);
  bytes.set(new Uint8Array(names.entries.buffer), tablesAt);
  const columns = new Uint32Array(bytes.buffer, furtherAt, (textsAt - furtherAt) / 4);
  columns.set(further.flat().flatMap((column) => [column, 0]));
  bytes.set(after.bytes, textsAt);
  bytes.set(names.bytes, after.end);

  let longestRow = 0;
  let entry = 0;
  let column = furtherAt;
  for (const [i, { value }] of parts.entries()) {
    const words = new Uint32Array(bytes.buffer, HEADER_BYTES + i * partBytes, partBytes / 4);
    const [offset, length] = after.entries.subarray(2 * i);
    words.set([kindCode(kernels, value), value?.column ?? 0, offset!, length!]);
    longestRow += length!;
    if (value?.kind === 'name') {
      words.set([tablesAt + entry * ENTRY_BYTES, value.names.length, value.unknown.length], 4);
      words[HAS_NONE_WORD] = value.none === undefined ? 0 : 1;
      longestRow += longestName(value, names.entries.subarray(2 * entry));
    } else if (value !== undefined) {
      words[4] = tablesAt + entry * ENTRY_BYTES;
      words.set([column, further[i]!.length], FURTHER_WORD);
      for (let text = 0; text < tables[i]!.length; text++)
        longestRow += names.entries[2 * (entry + text) + 1]!;
      longestRow += LONGEST[value.kind];
    }
    entry += tables[i]!.length;
    column += further[i]!.length * ENTRY_BYTES;
  }
  const valueCount = parts.filter(({ value }) => value !== undefined).length + further.flat().length;
  return { bytes, valueCount, longestRow };
}

/** A value, or none, and the text that follows it. */
interface Part {
  readonly value: TextValue | undefined;
  readonly after: string;
}

function partsOf(segments: readonly TextSegment[]): Part[] {
  const parts: Part[] = [];
  for (const segment of segments) {
    const last = parts.at(-1);
    if (typeof segment !== 'string') parts.push({ value: segment, after: '' });
    else if (last === undefined) parts.push({ value: undefined, after: segment });
    else parts[parts.length - 1] = { ...last, after: segment };
  }
  return parts;
}

/** Texts in UTF-8, one after another from the offset `at`, and the offset and length of each: 0 and 0 for no text. */
function placeTexts(
  texts: readonly (string | undefined)[],
  at: number,
): { entries: Uint32Array<ArrayBuffer>; bytes: Uint8Array; end: number } {
  const encoder = new TextEncoder();
  const pieces = texts.map((text) => encoder.encode(text));
  const entries = new Uint32Array(2 * texts.length);
  let end = at;
  for (const [i, { length }] of pieces.entries()) {
    if (texts[i] !== undefined) entries.set([end, length], 2 * i);
    end += length;
  }
  return { entries, bytes: concatBytes(pieces), end };
}

/** The texts of a value's table. */
function textsOf(value: TextValue): (string | undefined)[] {
  if (value.kind === 'address' || value.kind === 'number') return [];
  if (value.kind !== 'name') return [...value.around, value.none];
  const { names, unknown, none } = value;
  return [...names, ...unknown, ...(none === undefined ? [] : [none])];
}

/** The columns of a value beyond the first. */
function furtherOf(value: TextValue): readonly number[] {
  return 'further' in value ? value.further : [];
}

/** `entries` begin with those of the names, and then of the texts of a value without a name. */
function longestName({ names, unknown, none }: NameValue, entries: Uint32Array): number {
  let longest = 0;
  for (let i = 0; i < names.length; i++) longest = Math.max(longest, entries[2 * i + 1]!);
  let longestUnknown = (unknown.length - 1) * LONGEST_NUMBER;
  for (let i = names.length; i < names.length + unknown.length; i++) longestUnknown += entries[2 * i + 1]!;
  const noneLength = none === undefined ? 0 : entries[2 * (names.length + unknown.length) + 1]!;
  return Math.max(longest, longestUnknown, noneLength);
}

function kindCode(kernels: Kernels, value: TextValue | undefined): number {
  switch (value?.kind) {
    case undefined:
      return kernels.TEXT_NONE;
    case 'address':
      return kernels.TEXT_ADDRESS;
    case 'number':
      return value.valueBytes === 2 ? kernels.TEXT_NUMBER_U16 : kernels.TEXT_NUMBER_U32;
    case 'name':
      return kernels.TEXT_NAME;
    case 'anyAddress':
      return kernels.TEXT_ANY_ADDRESS;
    case 'time':
      return kernels.TEXT_TIME;
    case 'numberOrNone':
      return kernels.TEXT_NUMBER_OR_NONE;
  }
}
