// What the text of a row is made of: parts, one after another. A part is a value of a column and the text that follows it,
// or a text of its own. Texts that depend on a small value (a state, a process) are made by the caller for every value that has a
// name, together with what stands around them: `TCP,IPv4,5,ESTABLISHED,` is one text.
//
// A program is one piece of memory that can be moved: it names its texts by their offsets from its first byte.
//
//   0           16                 16 + 48 n
//   ┌─────┬─────┬──────────────────┬──────────────────────┬──────────────┬─────────────┬───────┐
//   │ n   │  w  │ n parts, 48 each │ tables: offset and   │ further      │ texts,      │ slack │
//   │ u32 │ u32 │                  │ length of each text  │ columns      │ UTF-8       │       │
//   └─────┴─────┴──────────────────┴──────────────────────┴──────────────┴─────────────┴───────┘
//   w: where formatRows leaves how many bytes it wrote.
//
// A value of several columns (wideValues.ts) has the first of them in its part; of each further one, the address of row 0's value and, for the
// kernel, that of the block in hand stand side by side.

import { Values, writeAnyNumber } from './values';

/** No value, only a text. */
export const TEXT_NONE: u32 = 0;
export const TEXT_ADDRESS: u32 = 1;
/** A number of a column of two bytes. */
export const TEXT_NUMBER_U16: u32 = 2;
/** A number of a column of four bytes. */
export const TEXT_NUMBER_U32: u32 = 3;
/** The text that the table has for the value, a u32. */
export const TEXT_NAME: u32 = 4;
/** An address of either family. Columns: family, four words, scope id. */
export const TEXT_ANY_ADDRESS: u32 = 5;
/** A FILETIME. Columns: its upper and its lower word. */
export const TEXT_TIME: u32 = 6;
/** A number of a column of four bytes, or NO_VALUE. */
export const TEXT_NUMBER_OR_NONE: u32 = 7;

/** Stands where a row has no value. */
export const NO_VALUE: u32 = 0xffffffff;

export const TEXT_PART_BYTES: u32 = 48;
/** What may be written behind the last row, and read behind a text. */
export const TEXT_SLACK_BYTES: u32 = 32;

@unmanaged
export class Program {
  partCount: u32;
  written: u32;
  rows: u32;
  unused: u32;
}

@unmanaged
export class Part {
  kind: u32;
  /** The address of row 0's value. */
  column: usize;
  /** The text that follows the value; names have none. */
  after: u32;
  afterLength: u32;
  /** Of names: the table, and for how many values it has texts. Offset 0 stands for a value without a name. */
  names: u32;
  nameCount: u32;
  /** A value without a name is written as the next so many texts of the table, with the value as a number between them. */
  unknownTexts: u32;
  /** The kernel's own: the address of the value of the first row of the block in hand. */
  values: usize;
  /** 1 where the value NO_VALUE is written as one text more, which stands behind those. */
  hasNone: u32;
  /** Of values of several columns: where the further ones stand, and how many there are. */
  further: u32;
  furtherCount: u32;
  unused: u32;

  /** The value of row `i` of the block. */
  @inline
  valueU32(i: u32): u32 {
    return load<u32>(this.values + ((<usize>i) << 2));
  }

  @inline
  valueU16(i: u32): u32 {
    return load<u16>(this.values + ((<usize>i) << 1));
  }

  @inline
  writeAfter(to: usize, program: usize): usize {
    return Values.writeText(to, program + this.after, this.afterLength);
  }

  @inline
  writeName(to: usize, program: usize, i: u32): usize {
    const value = this.valueU32(i);
    if (value < this.nameCount) {
      const entry = load<u64>(program + this.names + ((<usize>value) << 3));
      const offset = <u32>entry;
      if (offset != 0) return Values.writeText(to, program + offset, <u32>(entry >> 32));
    }
    return this.writeUnknown(to, program, value);
  }

  /** The value of row `i` of the block in a further column. */
  @inline
  furtherU32(program: usize, column: usize, i: u32): u32 {
    return load<u32>(this.furtherValues(program, column) + ((<usize>i) << 2));
  }

  /** Where a further column has the value of the first row of the block. */
  @inline
  furtherValues(program: usize, column: usize): usize {
    return <usize>load<u32>(program + this.further + (column << 3), 4);
  }

  isNone(value: u32): bool {
    return value == NO_VALUE && this.hasNone != 0;
  }

  writeUnknown(to: usize, program: usize, value: u32): usize {
    let entry = program + this.names + ((<usize>this.nameCount) << 3);
    if (this.isNone(value)) {
      entry += (<usize>this.unknownTexts) << 3;
      return Values.writeText(to, program + load<u32>(entry), load<u32>(entry, 4));
    }
    for (let n: u32 = 0; n < this.unknownTexts; n++) {
      if (n > 0) to = writeAnyNumber(to, value);
      to = Values.writeText(to, program + load<u32>(entry), load<u32>(entry, 4));
      entry += 8;
    }
    return to;
  }
}

export function firstPart(program: usize): usize {
  return program + offsetof<Program>();
}

export function endOfParts(program: usize): usize {
  return firstPart(program) + <usize>changetype<Program>(program).partCount * TEXT_PART_BYTES;
}

/** Rows taken at a time: their values, gathered where rows come in another order, stay in the first-level cache. */
export const TEXT_BLOCK_ROWS: u32 = 256;

/**
 * Points the parts to the values of a block of rows: where they lie in the columns, or, where `rows` has the numbers of rows in an
 * order of their own, gathered into `gathered`, which has four bytes for each column and row of a block.
 */
export function takeBlock(program: usize, rows: usize, first: u32, count: u32, gathered: usize): void {
  const chosen = rows + ((<usize>first) << 2);
  const areGathered = rows != 0 && !areNeighbours(chosen, count);
  const firstRow = rows == 0 ? first : load<u32>(chosen);
  const end = endOfParts(program);
  for (let at = firstPart(program); at < end; at += TEXT_PART_BYTES) {
    const part = changetype<Part>(at);
    const isU16 = part.kind == TEXT_NUMBER_U16;
    if (part.kind == TEXT_NONE) continue;
    if (!areGathered) {
      part.values = part.column + ((<usize>firstRow) << (isU16 ? 1 : 2));
    } else {
      if (isU16) gather<u16>(part.column, chosen, count, gathered);
      else gather<u32>(part.column, chosen, count, gathered);
      part.values = gathered;
      gathered += TEXT_BLOCK_ROWS << 2;
    }
    const further = program + part.further;
    for (let entry = further, last = further + ((<usize>part.furtherCount) << 3); entry < last; entry += 8) {
      const column = <usize>load<u32>(entry);
      if (!areGathered) {
        store<u32>(entry, <u32>(column + ((<usize>firstRow) << 2)), 4);
        continue;
      }
      gather<u32>(column, chosen, count, gathered);
      store<u32>(entry, <u32>gathered, 4);
      gathered += TEXT_BLOCK_ROWS << 2;
    }
  }
}

/** True where the numbers ascend one by one, as in a table that came in order. */
function areNeighbours(rows: usize, count: u32): bool {
  const first = load<u32>(rows);
  for (let i: u32 = 1; i < count; i++) {
    if (load<u32>(rows + ((<usize>i) << 2)) - first != i) return false;
  }
  return true;
}

function gather<Value>(column: usize, rows: usize, count: u32, to: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2));
    store<Value>(to + i * sizeof<Value>(), load<Value>(column + row * sizeof<Value>()));
  }
}
