import { hashSecret } from '../hashSecret.js';

/** Numbers for the different values of a column: from 0, in the order in which they first appear. */
export interface Numbering {
  /** One a row. */
  readonly numbers: Uint32Array;
  /** The first row that has each number. */
  readonly members: Uint32Array;
}

/** A column, or one of several that make up a value together. */
export type NumberedColumn = Uint32Array | Uint16Array | Uint8Array;

/** Odd, since values are multiplied by it. */
const SECRET = hashSecret() | 1;
const FIRST_SLOTS = 1 << 10;
const EMPTY = 0xffffffff;

/** Numbers rows by the values that the columns have together. */
export function numberRows(columns: readonly NumberedColumn[], rows: number): Numbering {
  const [column] = columns;
  if (rows === 0 || column === undefined)
    return { numbers: new Uint32Array(rows), members: new Uint32Array(Math.min(rows, 1)) };
  return columns.length === 1 ? numberValues(column, rows) : numberTuples(columns, rows);
}

/** An open hash table of numbers, at most half full. */
class Slots {
  slots = new Uint32Array(FIRST_SLOTS).fill(EMPTY);
  mask = FIRST_SLOTS - 1;

  /** Twice the slots, and every number in its new place. */
  grow(hashes: Uint32Array, count: number): void {
    const { length } = this.slots;
    this.slots = new Uint32Array(length * 2).fill(EMPTY);
    this.mask = length * 2 - 1;
    for (let number = 0; number < count; number++) {
      let slot = hashes[number]! & this.mask;
      while (this.slots[slot] !== EMPTY) slot = (slot + 1) & this.mask;
      this.slots[slot] = number;
    }
  }
}

function numberValues(column: NumberedColumn, rows: number): Numbering {
  const numbers = new Uint32Array(rows);
  const table = new Slots();
  const known = new KnownValues();
  let { slots, mask } = table;
  let last = column[0]! ^ 1;
  let lastNumber = 0;
  for (let row = 0; row < rows; row++) {
    const value = column[row]!;
    if (value === last) {
      numbers[row] = lastNumber;
      continue;
    }
    const hash = mix(value);
    let slot = hash & mask;
    let number = slots[slot]!;
    while (number !== EMPTY && known.values[number] !== value) {
      slot = (slot + 1) & mask;
      number = slots[slot]!;
    }
    if (number === EMPTY) {
      number = known.add(value, hash, row);
      slots[slot] = number;
      if (known.count * 2 > slots.length) {
        table.grow(known.hashes, known.count);
        ({ slots, mask } = table);
      }
    }
    numbers[row] = number;
    last = value;
    lastNumber = number;
  }
  return { numbers, members: known.members.slice(0, known.count) };
}

function numberTuples(columns: readonly NumberedColumn[], rows: number): Numbering {
  const numbers = new Uint32Array(rows);
  const table = new Slots();
  const known = new KnownValues();
  for (let row = 0; row < rows; row++) {
    if (row > 0 && isSame(columns, row, row - 1)) {
      numbers[row] = numbers[row - 1]!;
      continue;
    }
    let hash = 0;
    for (const column of columns) hash = mix(hash ^ column[row]!);
    let slot = hash & table.mask;
    let number = table.slots[slot]!;
    while (
      number !== EMPTY &&
      !(known.hashes[number] === hash && isSame(columns, row, known.members[number]!))
    ) {
      slot = (slot + 1) & table.mask;
      number = table.slots[slot]!;
    }
    if (number === EMPTY) {
      number = known.add(0, hash, row);
      table.slots[slot] = number;
      if (known.count * 2 > table.slots.length) table.grow(known.hashes, known.count);
    }
    numbers[row] = number;
  }
  return { numbers, members: known.members.slice(0, known.count) };
}

/** What is known of each number: its value, its hash, and a row that has it. */
class KnownValues {
  values = new Uint32Array(FIRST_SLOTS);
  hashes = new Uint32Array(FIRST_SLOTS);
  members = new Uint32Array(FIRST_SLOTS);
  count = 0;

  add(value: number, hash: number, row: number): number {
    const number = this.count++;
    if (number === this.values.length) {
      this.values = grown(this.values);
      this.hashes = grown(this.hashes);
      this.members = grown(this.members);
    }
    this.values[number] = value;
    this.hashes[number] = hash;
    this.members[number] = row;
    return number;
  }
}

function grown(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}

function isSame(columns: readonly NumberedColumn[], a: number, b: number): boolean {
  for (const column of columns) if (column[a] !== column[b]) return false;
  return true;
}

function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), SECRET);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
