import type { AddressField, Field } from '../table/fields.js';
import type { AddressRange } from './addresses.js';
import type { NamePattern } from './namePattern.js';

/** Values from the first to the second, both included. */
export type Interval = readonly [low: number, high: number];

/**
 * A select expression, parsed: independent of any table. A comparison has become the values that satisfy it, so there is one kind
 * of test for numbers, addresses, states and prefixes alike.
 */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not'; readonly term: Expression }
  /** The field's value lies in one of the intervals: ascending, disjoint. */
  | { readonly kind: 'values'; readonly field: NumberField; readonly intervals: readonly Interval[] }
  /** The address lies in one of the ranges: those of IPv4 as numbers, ascending and disjoint. */
  | {
      readonly kind: 'addresses';
      readonly field: AddressField;
      readonly ipv4: readonly Interval[];
      readonly ipv6: readonly AddressRange[];
    }
  /** The name matches one of the patterns. */
  | { readonly kind: 'names'; readonly field: NameField; readonly patterns: readonly NamePattern[] };

/** Fields whose values are numbers; those of `created` are microseconds since 1970. */
export type NumberField = Exclude<Field, NameField | AddressField>;

const NAME_FIELDS = ['process', 'module', 'lastprocess'] as const satisfies readonly Field[];
export type NameField = (typeof NAME_FIELDS)[number];

export function isNameField(field: Field): field is NameField {
  return (NAME_FIELDS as readonly string[]).includes(field);
}

/** The union of intervals, ascending and disjoint. */
export function unite(intervals: readonly Interval[]): Interval[] {
  const ascending = [...intervals].sort(([a], [b]) => a - b);
  const united: [number, number][] = [];
  for (const [low, high] of ascending) {
    const last = united.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else united.push([low, high]);
  }
  return united;
}
