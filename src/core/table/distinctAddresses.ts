import type { Engine } from '../engine/engine.js';
import { ALL_BITS, prefixMask, type PrefixBits } from './address.js';
import { READABLE_BYTES_AFTER, type Columns } from './columns.js';
import { withDistinct, type Distinct } from './distinct.js';
import { ADDRESS_COLUMNS, FAMILY_NUMBERS, type AddressField, type StoredField } from './fields.js';
import { orderByColumns } from './orderByColumns.js';
import { haveAllRemotes, remoteFamilies } from './remoteEnds.js';
import type { TableData } from './tableData.js';

const SLOT_BYTES = 8;
const WORD_BITS = 32;
/** In smaller tables, addresses are sorted by their words in no time. */
const LEAST_RANKED = 4096;

/** Of so many rows one, or fewer, may have an address of its own where ranks are made to sort by. */
const ROWS_PER_RANK_BITS = 6;

/** The columns that make an address, and the bits of each that count. */
interface AddressParts {
  /** The family, four words, the scope id; 0 for what is the same in all rows. */
  readonly columns: readonly number[];
  /** Of each word, in rows of IPv6. */
  readonly masks: readonly number[];
  /** Of the last word, in rows of IPv4. */
  readonly mask4: number;
  readonly scopeMask: number;
}

/** Numbers the addresses of rows, or what they begin with, in their order. */
export function withDistinctAddresses<Result>(
  data: TableData,
  field: AddressField,
  prefix: PrefixBits | undefined,
  use: (distinct: Distinct) => Result,
): Result {
  const { engine, columns } = data;
  const isFamily = field === 'local' || haveAllRemotes(data);
  const family = isFamily ? varyingAddress(columns, 'family') : remoteFamilies(data);
  const parts = partsOf(columns, field, family, prefix);
  return withNumbered(engine, parts, columns.rowCount, use);
}

/** Numbers addresses that are given as columns, 0 for one that is the same in all rows: what comes first in their order, four words, the scope id. */
export function withDistinctWords<Result>(
  engine: Engine,
  columns: readonly number[],
  rows: number,
  use: (distinct: Distinct) => Result,
): Result {
  const all = prefixMask(WORD_BITS);
  const parts: AddressParts = { columns, masks: [all, all, all, all], mask4: all, scopeMask: all };
  return withNumbered(engine, parts, rows, use);
}

/**
 * The place of each row's address among all, from 1 on, as a column to sort by, kept with the table; undefined where there are so many that
 * numbering them takes no less than sorting by their words.
 */
export function addressRanks(
  { engine, columns, derived }: TableData,
  field: AddressField,
): number | undefined {
  const rows = columns.rowCount;
  if (rows < LEAST_RANKED) return undefined;
  const parts = partsOf(columns, field, varyingAddress(columns, 'family'), undefined);
  // What is in one column is sorted by that.
  if (parts.columns.filter((column) => column !== 0).length < 2) return undefined;
  return derived.get(`ranks of ${field}`, rows * 4 + READABLE_BYTES_AFTER, (block) =>
    withHashed(engine, parts, rows, rows >> ROWS_PER_RANK_BITS, ({ numbers }) => {
      engine.bytes.copyWithin(block, numbers, numbers + rows * 4);
      return block;
    }),
  );
}

function partsOf(
  columns: Columns,
  field: AddressField,
  family: number,
  prefix: PrefixBits | undefined,
): AddressParts {
  const { words, scope } = ADDRESS_COLUMNS[field];
  const { ipv4, ipv6 } = prefix ?? ALL_BITS;
  const mask4 = prefixMask(ipv4);
  const masks = words.map((_, i) => prefixMask(ipv6 - i * WORD_BITS));
  if (columns.constantOf('family') === FAMILY_NUMBERS.IPv4) masks[3] = mask4;
  return {
    columns: [family, ...words.map((word) => varyingAddress(columns, word)), varyingAddress(columns, scope)],
    masks,
    // Without rows of IPv4, what counts in them alone need not be read.
    mask4: columns.constantOf('family') === FAMILY_NUMBERS.IPv6 ? 0 : mask4,
    scopeMask: prefix === undefined ? prefixMask(WORD_BITS) : 0,
  };
}

/** The address of a column; 0 where it is the same in all rows. */
function varyingAddress(columns: Columns, field: StoredField): number {
  return columns.constantOf(field) === undefined ? columns.address(field) : 0;
}

function withNumbered<Result>(
  engine: Engine,
  parts: AddressParts,
  rows: number,
  use: (distinct: Distinct) => Result,
): Result {
  // In an object, since what is returned may be undefined too.
  const hashed = withHashed(engine, parts, rows, rows >> 1, (distinct) => ({ result: use(distinct) }));
  if (hashed !== undefined) return hashed.result;
  return withMasked(engine, parts, rows, (masked) => withDistinct(engine, masked, rows, use));
}

/** Through a hash table; undefined where more than `most` are different, or nearly all: sorting all of them takes no longer then. */
function withHashed<Result>(
  engine: Engine,
  parts: AddressParts,
  rows: number,
  most: number,
  use: (distinct: Distinct) => Result,
): Result | undefined {
  const limit = Math.max(1, most);
  const slotBits = Math.ceil(Math.log2(2 * limit));
  const slotsBytes = 2 ** slotBits * SLOT_BYTES;
  const numbersBytes = rows * 4 + READABLE_BYTES_AFTER;
  return engine.withBlocks([numbersBytes, limit * 4 + READABLE_BYTES_AFTER], ([numbers, members]) => {
    const { listBytes, addressBytes, tooMany } = engine.run((kernels) => ({
      listBytes: kernels.ADDRESS_COLUMNS_BYTES,
      addressBytes: kernels.ADDRESS_BYTES,
      tooMany: kernels.TOO_MANY_ADDRESSES >>> 0,
    }));
    const found = engine.withBlocks(
      [listBytes, slotsBytes, limit * addressBytes],
      ([list, slots, addresses]) => {
        engine.words.set(addressList(parts), list! / 4);
        engine.bytes.fill(0, slots, slots! + slotsBytes);
        return engine.run(
          (kernels) =>
            kernels.numberAddresses(list!, rows, slots!, slotBits, limit, addresses!, numbers!, members!) >>>
            0,
        );
      },
    );
    if (found === tooMany) return undefined;
    bringInOrder(engine, parts, { numbers: numbers!, rows, members: members!, found });
    return use({ numbers: numbers!, members: engine.borrowU32(members!, found) });
  });
}

/** Columns and masks as the kernel reads them. What is the same in all rows is any column, of which no bits count. */
function addressList({ columns, masks, mask4, scopeMask }: AddressParts): number[] {
  const [family, ...others] = columns as [number, ...number[]];
  const any = columns.find((column) => column !== 0) ?? 0;
  const counting = [...masks, scopeMask].map((mask, i) => (others[i] === 0 ? 0 : mask));
  const [first, second, third, last, scope] = counting as [number, number, number, number, number];
  const last4 = others[3] === 0 ? 0 : mask4;
  return [family, ...others.map((column) => column || any), first, second, third, last, last4, scope];
}

interface Numbered {
  readonly numbers: number;
  readonly rows: number;
  readonly members: number;
  readonly found: number;
}

/** Gives addresses that are numbered from 0 on as they come the numbers of their order, from 1 on. */
function bringInOrder(
  engine: Engine,
  parts: AddressParts,
  { numbers, rows, members, found }: Numbered,
): void {
  const gathered = parts.columns.map((column) => (column === 0 ? 0 : found * 4 + READABLE_BYTES_AFTER));
  engine.withBlocks(gathered, (blocks) => {
    engine.run((kernels) => {
      for (const [i, column] of parts.columns.entries()) {
        if (column !== 0) kernels.gatherValues(members, found, column, 4, 0, blocks[i]!);
      }
    });
    const columns = parts.columns.map((column, i) => (column === 0 ? 0 : blocks[i]!));
    const gatheredParts = { ...parts, columns };
    withMasked(engine, gatheredParts, found, (masked) =>
      engine.withBlocks([found * 4, found * 4], ([order, places]) => {
        const keys = masked.map((address) => ({ address, valueBytes: 4, descending: false }));
        orderByColumns(engine, keys, found, order!);
        const ordered = engine.borrowU32(order!, found);
        const placeOf = engine.borrowU32(places!, found);
        const rowOf = engine.borrowU32(members, found);
        const before = rowOf.slice();
        for (let place = 0; place < found; place++) {
          const number = ordered[place]!;
          placeOf[number] = place + 1;
          rowOf[place] = before[number]!;
        }
        engine.run((kernels) => kernels.replaceNumbers(numbers, rows, places!));
      }),
    );
  });
}

/** Lends the columns that vary, with no other bits than those that count. */
function withMasked<Result>(
  engine: Engine,
  { columns, masks, mask4, scopeMask }: AddressParts,
  rows: number,
  use: (columns: readonly number[]) => Result,
): Result {
  const varies = (column: number): boolean => column !== 0;
  if (scopeMask !== 0) return use(columns.filter(varies));
  const [family, ...words] = columns.slice(0, -1) as [number, ...number[]];
  const blocks = words.map((word) => (varies(word) ? rows * 4 + READABLE_BYTES_AFTER : 0));
  return engine.withBlocks(blocks, (lent) => {
    const masked = words.map((word, i) => {
      const mask = i < 3 ? 0 : mask4;
      if (!varies(word)) return 0;
      engine.run((kernels) => kernels.maskWord(word, family, rows, mask, masks[i]!, lent[i]!));
      return lent[i]!;
    });
    return use([family, ...masked].filter(varies));
  });
}
