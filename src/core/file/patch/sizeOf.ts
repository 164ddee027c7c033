import { isMap } from './values.js';

/** How large a value is: its values as the format counts them, and its bytes, which it takes at least where it is written. */
export interface ValueSize {
  readonly values: number;
  readonly bytes: number;
}

/** The snapshots of a recording share most of their metadata: what was measured is not measured again. */
const measured = new WeakMap<object, ValueSize>();

/** The size of a value that is never changed. */
export function sizeOf(value: unknown): ValueSize {
  if (typeof value === 'string') return { values: 1, bytes: 1 + value.length };
  if (value instanceof Uint8Array) return { values: 1, bytes: 1 + value.length };
  if (typeof value !== 'object' || value === null) return { values: 1, bytes: 1 };
  const known = measured.get(value);
  if (known !== undefined) return known;
  const size = sizeOfMembers(value);
  measured.set(value, size);
  return size;
}

function sizeOfMembers(value: object): ValueSize {
  let [values, bytes] = [1, 1];
  if (isMap(value)) for (const key of Object.keys(value)) bytes += 1 + key.length;
  for (const member of Object.values(value) as unknown[]) {
    const size = sizeOf(member);
    values += size.values;
    bytes += size.bytes;
  }
  return { values, bytes };
}
