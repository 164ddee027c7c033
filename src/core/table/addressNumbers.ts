import { addressReader, prefixMask } from './address.js';
import { withDistinct } from './distinct.js';
import { ADDRESS_COLUMNS, FAMILY_NUMBERS, PROTOCOL_NUMBERS, type AddressField } from './fields.js';
import { remoteEnds } from './remoteEnds.js';
import type { TableData } from './tableData.js';

/** Kernels read 16 values at a time, so up to 15 of four bytes behind the last one. */
const READABLE_BYTES_AFTER = 60;
const WORD_BITS = 32;

/** Addresses, or what they begin with, as one number a row. */
export interface AddressNumbers {
  /** Address of each row's number, a u32. */
  readonly numbers: number;
  /**
   * What each number stands for, from 1 on: `10.0.0.1`, `fe80::1%3`, `2001:db8::/32`; null for the remote ends of UDP, which has
   * none. Index 0 is unused.
   */
  readonly texts: readonly (string | null)[];
}

/** The addresses of a table with wide columns, numbered in their order: IPv4 before IPv6. Kept with the table. */
export function addressNumbers(data: TableData, field: AddressField): AddressNumbers {
  const { engine, columns, derived } = data;
  const bytes = columns.rowCount * 4 + READABLE_BYTES_AFTER;
  return derived.get(`numbers of ${field}`, bytes, (block) => {
    const { words, scope } = ADDRESS_COLUMNS[field];
    const keys = [...words, scope].map((column) => columns.address(column));
    return withDistinct(engine, [familyColumn(data, field), ...keys], columns.rowCount, (distinct) => {
      engine.bytes.copyWithin(block, distinct.numbers, distinct.numbers + columns.rowCount * 4);
      return { numbers: block, texts: textsOf(data, field, distinct.members, undefined) };
    });
  });
}

/** As addressNumbers, for the first `bits` bits of each address: of an IPv4 address never more than it has. */
export function withPrefixNumbers<Result>(
  data: TableData,
  field: AddressField,
  bits: number,
  use: (numbers: AddressNumbers) => Result,
): Result {
  const { engine, columns } = data;
  const { rowCount: rows } = columns;
  const { words } = ADDRESS_COLUMNS[field];
  const blocks = words.map(() => rows * 4 + READABLE_BYTES_AFTER);
  return engine.withBlocks(blocks, (masked) => {
    for (const [i, word] of words.entries()) {
      const mask4 = i < 3 ? 0 : prefixMask(bits);
      const mask6 = prefixMask(bits - i * WORD_BITS);
      engine.run((kernels) => {
        const family = columns.address('family');
        kernels.maskWord(columns.address(word), family, rows, mask4, mask6, masked[i]!);
      });
    }
    return withDistinct(engine, [familyColumn(data, field), ...masked], rows, (distinct) =>
      use({ numbers: distinct.numbers, texts: textsOf(data, field, distinct.members, bits) }),
    );
  });
}

/** What comes before the address itself. */
function familyColumn(data: TableData, field: AddressField): number {
  return field === 'remote' ? remoteEnds(data).families : data.columns.address('family');
}

function textsOf(
  { columns }: TableData,
  field: AddressField,
  members: Uint32Array,
  bits: number | undefined,
): (string | null)[] {
  const textOf = addressReader(columns, field, bits);
  const family = columns.borrow('family');
  const protocol = columns.borrow('protocol');
  const texts = Array.from(members, (row): string | null => {
    if (field === 'remote' && protocol[row] !== PROTOCOL_NUMBERS.TCP) return null;
    const most = family[row] === FAMILY_NUMBERS.IPv4 ? WORD_BITS : 4 * WORD_BITS;
    return bits === undefined || bits >= most ? textOf(row) : `${textOf(row)}/${bits}`;
  });
  return [null, ...texts];
}
