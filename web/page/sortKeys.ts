import type { Field } from '../../src/core/index.js';

/**
 * The sort keys after a click on a column: upwards, then downwards, then not at all. `add` leaves the other keys as they are, each in
 * its place.
 */
export function nextSort(sort: readonly string[], field: Field, add: boolean): readonly string[] {
  const changed = sort.includes(field) ? [`-${field}`] : sort.includes(`-${field}`) ? [] : [field];
  if (!add) return changed;
  const at = sort.findIndex((key) => sortField(key) === field);
  return at === -1 ? [...sort, ...changed] : sort.toSpliced(at, 1, ...changed);
}

/** `-remote` sorts by `remote`. */
export function sortField(key: string): string {
  return key.replace(/^-/, '');
}
