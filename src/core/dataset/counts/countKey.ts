/**
 * What is counted over a dataset, each with what tells one count from another:
 *
 * - `address`, address, `local` or `remote`, host: rows of a host with this address at this end
 * - `finding`, severity, rule, host: snapshots
 * - `host`, host: rows
 * - `hostSnapshots`, host: snapshots
 * - `link`, from host, to host: rows of the one whose remote address is the other's
 * - `listener`, protocol, port, process, host: rows
 * - `localPort`, `remotePort`, port: rows of connections
 * - `process`, name: rows
 * - `snapshots`, hour: snapshots
 * - `state`, hour, name: rows
 */
export type CountKind =
  | 'address'
  | 'finding'
  | 'host'
  | 'hostSnapshots'
  | 'link'
  | 'listener'
  | 'localPort'
  | 'process'
  | 'remotePort'
  | 'snapshots'
  | 'state';

export type CountPart = string | number | null;

/**
 * One text for a count. Texts in order of their UTF-16 code units have all that share their first parts side by side, and no text has a line
 * break or a tab in it, whatever is in a name.
 */
export function countKey(kind: CountKind, ...parts: readonly CountPart[]): string {
  // What JSON.stringify makes of the list, but without a list.
  let key = `["${kind}"`;
  for (const part of parts) key += typeof part === 'string' ? `,${JSON.stringify(part)}` : `,${part}`;
  return `${key}]`;
}

export function parseCountKey(key: string): [kind: CountKind, ...parts: CountPart[]] {
  return JSON.parse(key) as [CountKind, ...CountPart[]];
}
