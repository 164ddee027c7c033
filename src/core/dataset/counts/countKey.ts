/**
 * What is counted over a dataset, each with what tells one count from another. What there is as much of as there are rows, ports and
 * addresses, is counted as numbers (endCounts.ts).
 *
 * - `finding`, severity, rule, host: snapshots
 * - `host`, host: rows
 * - `hostSnapshots`, host: snapshots
 * - `link`, from host, to host: rows of the one whose remote address is the other's
 * - `listener`, protocol, port, process, host: rows
 * - `process`, name: rows
 * - `snapshots`, hour: snapshots
 * - `state`, hour, name: rows
 */
export type CountKind =
  'finding' | 'host' | 'hostSnapshots' | 'link' | 'listener' | 'process' | 'snapshots' | 'state';

export type CountPart = string | number | null;

/**
 * One text for a count. Texts in order of their UTF-16 code units have all that share their first parts side by side, and no text has a line
 * break or a tab in it, whatever is in a name.
 */
export function countKey(kind: CountKind, ...parts: readonly CountPart[]): string {
  return countKeyOf(kind, ...parts.map(partText));
}

/** The same of parts as `partText` has them: for parts that come again and again. */
export function countKeyOf(kind: CountKind, ...texts: readonly string[]): string {
  // What JSON.stringify makes of the list, but without a list.
  let key = `["${kind}"`;
  for (const text of texts) key += `,${text}`;
  return `${key}]`;
}

export function partText(part: CountPart): string {
  return typeof part === 'string' ? JSON.stringify(part) : String(part);
}

export function parseCountKey(key: string): [kind: CountKind, ...parts: CountPart[]] {
  return JSON.parse(key) as [CountKind, ...CountPart[]];
}
