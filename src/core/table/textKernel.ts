import { checkRows } from './rows.js';
import type { TableData } from './tableData.js';
import { encodeTextProgram, type TextProgram } from './textProgram.js';
import type { TextSegment } from './textSegments.js';

/** Text of rows: what stands before all of it, and what each row is made of. */
export interface RowText {
  readonly head: string;
  readonly segments: readonly TextSegment[];
}

/** Text made at a time: much for a system call, little for a cache. A piece may be longer by a row. */
const PIECE_BYTES = 1 << 18;
/** Of rows in an order of their own, so many numbers are copied at a time. */
const CHOSEN_AT_A_TIME = 8192;

/**
 * The text of the rows in UTF-8, a piece at a time. A piece is lent: it is a view of the engine's memory, which the next piece, or
 * any other use of the engine, overwrites.
 *
 * @throws RangeError for a number that is no row, when its piece is asked for
 */
export function* lendTextPieces(
  data: TableData,
  rows: Uint32Array | undefined,
  { head, segments }: RowText,
): Generator<Uint8Array> {
  const program = data.engine.run((kernels) => encodeTextProgram(kernels, segments));
  if (head !== '') yield new TextEncoder().encode(head);
  const count = rows?.length ?? data.columns.rowCount;
  for (let first = 0; first < count;) {
    // Reserved anew for each piece, so that whoever stops asking for pieces leaves nothing behind.
    const piece = withFormatter(data, program, rows, (formatter) => formatter.format(first, count));
    first = piece.next;
    yield piece.text;
  }
}

/** Copies of the pieces, which the caller may keep. */
export function* ownedPieces(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) yield piece.slice();
}

/** All of the text, as one array of its own. */
export function formatText(
  data: TableData,
  rows: Uint32Array | undefined,
  { head, segments }: RowText,
): Uint8Array {
  const program = data.engine.run((kernels) => encodeTextProgram(kernels, segments));
  const start = new TextEncoder().encode(head);
  const count = rows?.length ?? data.columns.rowCount;
  return withFormatter(data, program, rows, (formatter) => {
    const text = new Uint8Array(start.length + formatter.measure(count));
    text.set(start);
    let at = start.length;
    for (let first = 0; first < count;) {
      const piece = formatter.format(first, count);
      text.set(piece.text, at);
      at += piece.text.length;
      first = piece.next;
    }
    return text;
  });
}

/** A piece of text, and the number of the row, among those asked for, that the next one begins with. */
interface Piece {
  readonly text: Uint8Array;
  readonly next: number;
}

interface Formatter {
  /** How long the text of the first `count` rows is. */
  measure(count: number): number;
  /** The text of rows from `first` on, as much as fits into a piece, but of no row at `count` or after it. */
  format(first: number, count: number): Piece;
}

/** Reserves what formatting needs for as long as `use` runs. */
function withFormatter<Result>(
  { engine, columns }: TableData,
  { bytes, valueCount, longestRow }: TextProgram,
  rows: Uint32Array | undefined,
  use: (formatter: Formatter) => Result,
): Result {
  const { blockRows, slack } = engine.run((kernels) => ({
    blockRows: kernels.TEXT_BLOCK_ROWS,
    slack: kernels.TEXT_SLACK_BYTES,
  }));
  const chosenLength = Math.min(rows?.length ?? 0, CHOSEN_AT_A_TIME);
  const gatheredBytes = rows ? valueCount * blockRows * 4 : 0;
  const lengths = [bytes.length, gatheredBytes, chosenLength * 4, PIECE_BYTES + longestRow + slack];
  return engine.withBlocks(lengths, (blocks) => {
    const [program, gathered, chosen, text] = blocks as [number, number, number, number];
    engine.borrowBytes(program, bytes.length).set(bytes);

    /** The arguments of the kernel that tell it which rows. */
    const choose = (first: number, count: number): [rows: number, first: number, count: number] => {
      if (rows === undefined) return [0, first, count - first];
      const numbers = rows.subarray(first, Math.min(count, first + chosenLength));
      const copied = engine.borrowU32(chosen, numbers.length);
      copied.set(numbers);
      checkRows(copied, columns.rowCount);
      return [chosen, 0, numbers.length];
    };

    return use({
      measure(count) {
        // In whatever order, all rows are as long as they are in the order that they lie in.
        if (rows && isPermutation(rows, columns.rowCount)) {
          return engine.run((kernels) => kernels.measureRows(program, gathered, 0, 0, count));
        }
        let length = 0;
        for (let first = 0; first < count;) {
          const choice = choose(first, count);
          length += engine.run((kernels) => kernels.measureRows(program, gathered, ...choice));
          first += choice[2];
        }
        return length;
      },
      format(first, count) {
        const choice = choose(first, count);
        const done = engine.run((kernels) =>
          kernels.formatRows(program, gathered, ...choice, text, text + PIECE_BYTES),
        );
        const [, written = 0] = engine.borrowU32(program, 2);
        return { text: engine.borrowBytes(text, written), next: first + done };
      },
    });
  });
}

/** True for a list in which each row's number stands once. */
function isPermutation(rows: Uint32Array, rowCount: number): boolean {
  if (rows.length !== rowCount) return false;
  const seen = new Uint8Array(rowCount);
  for (let i = 0; i < rowCount; i++) {
    const row = rows[i]!;
    if (seen[row] !== 0) return false;
    seen[row] = 1;
  }
  return true;
}
