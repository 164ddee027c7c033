import { SnapshotError } from '../errors.js';
import { ALL_BITS, type PrefixBits } from './address.js';
import { FIELDS, isAddressField, isField, type Field } from './fields.js';

/** A field to count by; of addresses only what they begin with, where `prefix` says how much that is. */
export interface CountKey {
  readonly field: Field;
  readonly prefix?: PrefixBits;
}

/**
 * Parses what to count by: a field, an address prefix `remote/24` or, of IPv6 with other bits than of IPv4, `remote/24/64`, or two of
 * these with a comma between them.
 *
 * @throws SnapshotError `unknown-field`
 */
export function parseCountKeys(text: string): readonly CountKey[] {
  const keys = text.split(',').map((part) => parseCountKey(part.trim()));
  if (keys.length <= 2) return keys;
  throw new SnapshotError('unknown-field', `cannot count by ${keys.length} fields at once; two are the most`);
}

function parseCountKey(text: string): CountKey {
  const [name = '', ...bits] = text.split('/');
  if (!isField(name)) {
    throw new SnapshotError(
      'unknown-field',
      `no field "${name}" to count by; there are ${FIELDS.join(', ')}`,
    );
  }
  if (bits.length === 0) return { field: name };
  const prefix = parsePrefix(bits);
  if (isAddressField(name) && prefix !== undefined) return { field: name, prefix };
  throw new SnapshotError(
    'unknown-field',
    `no prefix "${text}"; write local or remote and 1 to ${ALL_BITS.ipv6} bits, like remote/24, ` +
      'or bits of IPv4 and of IPv6, like remote/24/64',
  );
}

/** One number of bits for both families, of which IPv4 has no more than 32, or one for each. */
function parsePrefix(bits: readonly string[]): PrefixBits | undefined {
  if (bits.length > 2 || !bits.every((text) => /^\d+$/.test(text))) return undefined;
  const [first, second] = bits.map(Number) as [number, number?];
  const { ipv4, ipv6 } = ALL_BITS;
  const prefix: PrefixBits =
    second === undefined ? { ipv4: Math.min(first, ipv4), ipv6: first } : { ipv4: first, ipv6: second };
  const isWithin = (count: number, most: number): boolean => count >= 1 && count <= most;
  return isWithin(prefix.ipv4, ipv4) && isWithin(prefix.ipv6, ipv6) ? prefix : undefined;
}
