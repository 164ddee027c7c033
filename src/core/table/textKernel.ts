import type { Engine } from '../engine/engine.js';
import type { Kernels } from '../engine/kernels.js';
import { checkRow } from './rows.js';
import type { TableData } from './tableData.js';

/** What stands in a row's text for one of its values: see assembly/text.ts. Columns are addresses. */
export type TextValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'number'; readonly column: number; readonly valueBytes: number }
  | { readonly kind: 'address'; readonly column: number }
  /** The name that stands at the value's place, or `UNKNOWN(value)`. */
  | { readonly kind: 'name'; readonly column: number; readonly names: readonly (string | undefined)[] };

export interface TextPart {
  /** What stands before the value. */
  readonly before: string;
  readonly value: TextValue;
}

/** Bytes of text made at a time: much for a system call, little for a cache. */
const PIECE_BYTES = 1 << 18;

const LONGEST_NUMBER = '4294967295'.length;
const LONGEST_ADDRESS = '255.255.255.255'.length;
const LONGEST_UNKNOWN = 'UNKNOWN(4294967295)'.length;

/**
 * Rows as UTF-8 text, a piece at a time; the caller owns each piece.
 *
 * @throws RangeError for a number that is no row
 */
export function* textPieces(
  data: TableData,
  rows: Uint32Array | undefined,
  head: string,
  parts: readonly TextPart[],
): Generator<Uint8Array> {
  rows?.forEach((row) => checkRow(row, data.columns.rowCount));
  const { engine } = data;
  const count = rows?.length ?? data.columns.rowCount;
  const encoded = encodeParts(parts);
  const rowsAtATime = Math.max(1, Math.floor(PIECE_BYTES / encoded.longestRow));
  if (head !== '') yield new TextEncoder().encode(head);
  for (let first = 0; first < count; first += rowsAtATime) {
    const length = Math.min(rowsAtATime, count - first);
    yield formatPiece(engine, encoded, rows?.subarray(first, first + length), first, length);
  }
}

function formatPiece(
  engine: Engine,
  encoded: EncodedParts,
  rows: Uint32Array | undefined,
  first: number,
  count: number,
): Uint8Array {
  const { texts, entries, longestRow, partCount } = encoded;
  const { partBytes, slack } = engine.run((kernels) => ({
    partBytes: kernels.TEXT_PART_BYTES.value,
    slack: kernels.TEXT_SLACK_BYTES.value,
  }));
  const lengths = [
    partCount * partBytes,
    entries.length * 4,
    texts.length + slack,
    count * longestRow + slack,
  ];
  return engine.withBlocks(
    [...lengths, ...(rows ? [count * 4] : [])],
    ([parts, names, text, piece, chosen = 0]) => {
      if (rows) engine.borrowU32(chosen, count).set(rows);
      engine.borrowBytes(text!, texts.length).set(texts);
      engine.borrowU32(names!, entries.length).set(placeEntries(entries, text!));
      const program = engine.run((kernels) => encoded.program(kernels, text!, names!));
      engine.borrowU32(parts!, program.length).set(program);
      const length = engine.run((kernels) =>
        kernels.formatRows(parts!, partCount, chosen, first, count, piece!),
      );
      return engine.borrowBytes(piece!, length).slice();
    },
  );
}

interface EncodedParts {
  readonly partCount: number;
  /** All texts, one after another. */
  readonly texts: Uint8Array;
  /** For each name: its offset in the texts plus one, or 0 for a value without a name; its length. */
  readonly entries: readonly number[];
  /** Bytes that no row exceeds. */
  readonly longestRow: number;
  /** The parts as the kernel reads them, once texts and entries have addresses. */
  program(kernels: Kernels, textAddress: number, entryAddress: number): number[];
}

function encodeParts(parts: readonly TextPart[]): EncodedParts {
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  const entries: number[] = [];
  let textLength = 0;
  const addText = (text: string): readonly [offset: number, length: number] => {
    const bytes = encoder.encode(text);
    pieces.push(bytes);
    textLength += bytes.length;
    return [textLength - bytes.length, bytes.length];
  };
  let longestRow = 0;
  const placed = parts.map(({ before, value }) => {
    const [offset, length] = addText(before);
    const firstEntry = entries.length / 2;
    longestRow += length + LONGEST_VALUES[value.kind];
    if (value.kind === 'name') {
      let longestName = 0;
      for (const name of value.names) {
        const [at, bytes] = name === undefined ? [-1, 0] : addText(name);
        entries.push(at + 1, bytes);
        longestName = Math.max(longestName, bytes);
      }
      longestRow += longestName;
    }
    return { value, offset, length, firstEntry };
  });
  const texts = new Uint8Array(textLength);
  let at = 0;
  for (const piece of pieces) {
    texts.set(piece, at);
    at += piece.length;
  }
  return {
    partCount: parts.length,
    texts,
    entries,
    longestRow,
    program: (kernels, textAddress, entryAddress) =>
      placed.flatMap(({ value, offset, length, firstEntry }) => [
        kindCode(kernels, value.kind),
        'column' in value ? value.column : 0,
        value.kind === 'number' ? value.valueBytes : 4,
        textAddress + offset,
        length,
        entryAddress + firstEntry * 8,
        value.kind === 'name' ? value.names.length : 0,
        0,
      ]),
  };
}

const LONGEST_VALUES: Readonly<Record<TextValue['kind'], number>> = {
  none: 0,
  number: LONGEST_NUMBER,
  address: LONGEST_ADDRESS + 1,
  name: LONGEST_UNKNOWN,
};

function kindCode(kernels: Kernels, kind: TextValue['kind']): number {
  const codes = {
    none: kernels.TEXT_NONE,
    number: kernels.TEXT_NUMBER,
    address: kernels.TEXT_ADDRESS,
    name: kernels.TEXT_NAME,
  };
  return codes[kind].value;
}

/** Offsets plus one become addresses; 0 stays 0. */
function placeEntries(entries: readonly number[], textAddress: number): number[] {
  return entries.map((entry, i) => (i % 2 === 0 && entry !== 0 ? textAddress + entry - 1 : entry));
}
