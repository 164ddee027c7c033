import type { ValueMap } from './values.js';

/** How large a value is: its values as the format counts them, and its bytes, which it takes at least where it is written. */
export interface ValueSize {
  readonly values: number;
  readonly bytes: number;
}

/** The snapshots of a recording share most of their metadata: what was measured is not measured again. */
const measured = new WeakMap<object, ValueSize>();

/** The size of a value that is never changed. */
export function sizeOf(value: unknown): ValueSize {
  if (!hasMembers(value)) return { values: 1, bytes: ownBytes(value) };
  const known = measured.get(value);
  if (known !== undefined) return known;
  const size = sizeOfMembers(value);
  measured.set(value, size);
  return size;
}

/** Most values are in maps of few: they are counted where they are, without objects of their own. */
function sizeOfMembers(value: object): ValueSize {
  let values = 1;
  let bytes = 1;
  const add = (member: unknown): void => {
    if (!hasMembers(member)) {
      values++;
      bytes += ownBytes(member);
      return;
    }
    const size = sizeOf(member);
    values += size.values;
    bytes += size.bytes;
  };
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) add(value[i]);
  } else {
    for (const key of Object.keys(value)) {
      bytes += 1 + key.length;
      add((value as ValueMap)[key]);
    }
  }
  return { values, bytes };
}

function hasMembers(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}

/** Of a value that has no members. */
function ownBytes(value: unknown): number {
  return 1 + (typeof value === 'string' || value instanceof Uint8Array ? value.length : 0);
}
