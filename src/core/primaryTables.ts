import type { TableInfo } from './snapshot.js';
import { isTableClass, layoutOf, type TableClass } from './tableClass.js';

/** What a table is of. */
type Classed = Pick<TableInfo, 'class' | 'scope'>;

/** Of each protocol and family: what tells most of a connection's present state comes first. */
const PREFERENCE: readonly string[] = [
  'tcp2',
  'tcp6-2',
  'tcp-owner-module',
  'tcp6-owner-module',
  'tcp-owner-pid',
  'tcp6-owner-pid',
  'tcp',
  'tcp6',
  'udp-owner-module',
  'udp6-owner-module',
  'udp-owner-pid',
  'udp6-owner-pid',
  'udp',
  'udp6',
];

/** Sockets that no other table has: bound, but neither listening nor connected. */
const ADDITIONAL: readonly string[] = ['tcp2-bound', 'tcp6-2-bound'];

/**
 * The tables whose rows are a snapshot's connections. The same sockets often stand in several tables, taken moments apart: of each
 * protocol and family those of one class are taken, and of these the one that covers all sockets, where there is any.
 * Tables of listeners and of connections complete each other. Tables of one kind of sockets stand together, in the order in which they
 * are stored.
 */
export function primaryTables<Table extends Classed>({
  tables,
}: {
  readonly tables: readonly Table[];
}): Table[] {
  const [only] = tables;
  if (only === undefined || tables.length === 1) return tables.filter((table) => isTableClass(table.class));
  const primary = tables.filter((table) => isTableClass(table.class) && isPrimary(table, tables));
  const kinds = [...new Set(primary.map(kindOf))];
  return kinds.flatMap((kind) => primary.filter((table) => kindOf(table) === kind));
}

/** The other tables that can be decoded: what they say of the same sockets is joined to the rows of the primary ones. */
export function secondaryTables<Table extends Classed>(snapshot: {
  readonly tables: readonly Table[];
}): Table[] {
  if (snapshot.tables.length === 1) return [];
  const primary = primaryTables(snapshot);
  return snapshot.tables.filter((table) => isTableClass(table.class) && !primary.includes(table));
}

function isPrimary(table: Classed, tables: readonly Classed[]): boolean {
  const rivals = tables.filter((other) => isTableClass(other.class) && kindOf(other) === kindOf(table));
  const whole = rivals.filter(({ scope }) => scope === 'all');
  const candidates = whole.length > 0 ? whole : rivals;
  const best = Math.min(...candidates.map(rankOf));
  // Of two tables of the same class and scope, the first.
  return table === candidates.find((other) => rankOf(other) === best && other.scope === table.scope);
}

function rankOf({ class: name }: Classed): number {
  return PREFERENCE.indexOf(name);
}

/** Tables of one kind are of the same sockets, as far as each covers them. */
export function kindOf({ class: name }: Pick<Classed, 'class'>): string {
  const { protocol, family } = layoutOf(name as TableClass);
  return `${protocol} over ${family}${ADDITIONAL.includes(name) ? ', bound' : ''}`;
}
