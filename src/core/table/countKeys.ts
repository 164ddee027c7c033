import { SnapshotError } from '../errors.js';
import { FIELDS, isField, type Field } from './fields.js';

export const ADDRESS_BITS = 32;

/** A field to count by; of addresses only the first `prefixBits` bits. */
export interface CountKey {
  readonly field: Field;
  readonly prefixBits: number;
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
  if (bits === undefined) return { field: name, prefixBits: ADDRESS_BITS };
  const prefixBits = /^\d+$/.test(bits) ? Number(bits) : 0;
  if ((name !== 'local' && name !== 'remote') || prefixBits < 1 || prefixBits > ADDRESS_BITS) {
    throw new SnapshotError(
      'unknown-field',
      `no prefix "${text}"; write local/8 to local/32 or remote/8 to remote/32`,
    );
  }
  return { field: name, prefixBits };
}
