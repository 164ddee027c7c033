import { SnapshotError } from '../errors.js';
import { FIELDS, isAddressField, isField, type Field } from './fields.js';

/** Of an IPv6 address. */
const MOST_PREFIX_BITS = 128;

/** A field to count by; of addresses only the first `prefixBits` bits, where there is such a number. */
export interface CountKey {
  readonly field: Field;
  readonly prefixBits?: number;
}

/**
 * Parses what to count by: a field, an address prefix `remote/24`, or two of these with a comma between them.
 *
 * @throws SnapshotError `unknown-field`
 */
export function parseCountKeys(text: string): readonly CountKey[] {
  const keys = text.split(',').map((part) => parseCountKey(part.trim()));
  if (keys.length <= 2) return keys;
  throw new SnapshotError('unknown-field', `cannot count by ${keys.length} fields at once; two are the most`);
}

function parseCountKey(text: string): CountKey {
  const [name = '', bits] = text.split('/');
  if (!isField(name)) {
    throw new SnapshotError(
      'unknown-field',
      `no field "${name}" to count by; there are ${FIELDS.join(', ')}`,
    );
  }
  if (bits === undefined) return { field: name };
  const prefixBits = /^\d+$/.test(bits) ? Number(bits) : 0;
  if (!isAddressField(name) || prefixBits < 1 || prefixBits > MOST_PREFIX_BITS) {
    throw new SnapshotError(
      'unknown-field',
      `no prefix "${text}"; write local or remote and 1 to ${MOST_PREFIX_BITS} bits, like remote/24`,
    );
  }
  return { field: name, prefixBits };
}
