import { applyDifferences } from '../differences.js';
import { RestoreError } from '../restoreError.js';
import { isMap, type ValueMap } from './values.js';

/** A patch that does not fit what it is to change. */
export class PatchError extends Error {}

/** More than any column beside the rows of a table. */
const MAX_BINARY_BYTES = 64 << 20;

/**
 * The value that a patch makes of another (docs/format.md). What the patch does not mention is shared with the base, not copied.
 *
 * @throws PatchError
 */
export function applyPatch(base: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  if (Array.isArray(base)) return patchArray(base, patch);
  if (base instanceof Uint8Array) return patchBinary(base, patch);
  return patchMap(isMap(base) ? base : {}, patch);
}

function patchMap(base: ValueMap, patch: ValueMap): ValueMap {
  const result: Record<string, unknown> = { ...base };
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete result[key];
    else result[key] = applyPatch(Object.hasOwn(base, key) ? base[key] : undefined, change);
  }
  return result;
}

/** `removed` and `changed` count in the base, `inserted` in the result, all of them upwards. */
function patchArray(base: readonly unknown[], patch: ValueMap): unknown[] {
  const kept: unknown[] = base.slice();
  for (const [index, change] of pairs(patch['changed'], base.length)) {
    kept[index] = applyPatch(base[index], change);
  }
  const removed = new Set(indexes(patch['removed'], base.length));
  const rest = removed.size === 0 ? kept : kept.filter((_, index) => !removed.has(index));
  const inserted = pairs(patch['inserted'], Number.MAX_SAFE_INTEGER);
  if (inserted.length === 0) return rest;
  return insert(rest, inserted);
}

function insert(rest: readonly unknown[], inserted: readonly (readonly [number, unknown])[]): unknown[] {
  const result: unknown[] = [];
  let taken = 0;
  for (const [index, value] of inserted) {
    while (result.length < index && taken < rest.length) result.push(rest[taken++]);
    if (result.length !== index) throw new PatchError(`a value is inserted at ${index}, behind the end`);
    result.push(applyPatch(undefined, value));
  }
  for (; taken < rest.length; taken++) result.push(rest[taken]);
  return result;
}

/** Only version 1.1 of the format has such patches. */
function patchBinary(base: Uint8Array, { length, differences }: ValueMap): Uint8Array {
  if (!isIndex(length, MAX_BINARY_BYTES + 1) || !(differences instanceof Uint8Array)) {
    throw new PatchError('binary data is changed by something other than its length and differences');
  }
  try {
    return applyDifferences(differences, base, length);
  } catch (error) {
    if (error instanceof RestoreError) throw new PatchError(error.message);
    throw error;
  }
}

function isIndex(value: unknown, limit: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < limit;
}

/** Numbers that go upwards, below a limit. */
function indexes(value: unknown, limit: number): readonly number[] {
  if (value === undefined) return [];
  const isRight =
    Array.isArray(value) &&
    value.every((index, i) => isIndex(index, limit) && (i === 0 || index > (value[i - 1] as number)));
  if (!isRight) throw new PatchError('places of an array do not go upwards inside it');
  return value as number[];
}

function pairs(value: unknown, limit: number): readonly (readonly [number, unknown])[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw new PatchError('changes of an array are not pairs of a place and a value');
  }
  indexes(
    value.map(([index]: [unknown]) => index),
    limit,
  );
  return value as [number, unknown][];
}
