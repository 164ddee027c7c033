import { addressReader, ALL_BITS, type PrefixBits } from './address.js';
import { withDistinctAddresses } from './distinctAddresses.js';
import { FAMILY_NUMBERS, PROTOCOL_NUMBERS, type AddressField } from './fields.js';
import { READABLE_BYTES_AFTER } from './columns.js';
import type { TableData } from './tableData.js';

/** Addresses, or what they begin with, as one number a row. */
export interface AddressNumbers {
  /** Address of each row's number, a u32. */
  readonly numbers: number;
  /** How many numbers there are: from 1 on. */
  readonly count: number;
  /** What a number stands for: `10.0.0.1`, `fe80::1%3`, `2001:db8::/32`; null for the remote ends of UDP, which has none. */
  readonly textOf: (number: number) => string | null;
}

/** The addresses of a table with wide columns, numbered in their order: IPv4 before IPv6. Kept with the table. */
export function addressNumbers(data: TableData, field: AddressField): AddressNumbers {
  const { engine, columns, derived } = data;
  const bytes = columns.rowCount * 4 + READABLE_BYTES_AFTER;
  return derived.get(`numbers of ${field}`, bytes, (block) =>
    withDistinctAddresses(data, field, undefined, (distinct) => {
      engine.bytes.copyWithin(block, distinct.numbers, distinct.numbers + columns.rowCount * 4);
      return { numbers: block, ...readMembers(data, field, distinct.members, undefined) };
    }),
  );
}

/** As addressNumbers, for the first bits of each address. */
export function withPrefixNumbers<Result>(
  data: TableData,
  field: AddressField,
  prefix: PrefixBits,
  use: (numbers: AddressNumbers) => Result,
): Result {
  return withDistinctAddresses(data, field, prefix, (distinct) =>
    use({ numbers: distinct.numbers, ...readMembers(data, field, distinct.members, prefix) }),
  );
}

/** Texts are made when they are asked for: of many addresses, often only the most frequent are. */
function readMembers(
  { columns }: TableData,
  field: AddressField,
  lent: Uint32Array,
  prefix: PrefixBits | undefined,
): Pick<AddressNumbers, 'count' | 'textOf'> {
  const members = lent.slice();
  const addressOf = addressReader(columns, field, prefix);
  const protocolOf = columns.reader('protocol');
  const familyOf = columns.reader('family');
  const textOf = (number: number): string | null => {
    const row = members[number - 1]!;
    if (field === 'remote' && protocolOf(row) !== PROTOCOL_NUMBERS.TCP) return null;
    const family = familyOf(row) === FAMILY_NUMBERS.IPv4 ? 'ipv4' : 'ipv6';
    const text = addressOf(row);
    const bits = (prefix ?? ALL_BITS)[family];
    return bits === ALL_BITS[family] ? text : `${text}/${bits}`;
  };
  return { count: members.length, textOf };
}
