import type { RawTable, Snapshot } from './snapshot.js';
import { isTableClass, layoutOf, type TableClass } from './tableClass.js';

/** Of each protocol and family: what tells most of a connection's present state comes first. */
const PREFERENCE: readonly TableClass[] = [
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
const ADDITIONAL: readonly TableClass[] = ['tcp2-bound', 'tcp6-2-bound'];

/**
 * The tables whose rows are a snapshot's connections. The same sockets often stand in several tables, taken moments apart: of each
 * protocol and family those of one class are taken, and of these the ones that cover all sockets, where there are any.
 * Tables of listeners and of connections complete each other.
 */
export function primaryTables({ tables }: Pick<Snapshot, 'tables'>): RawTable[] {
  return tables.filter((table) => {
    if (!isTableClass(table.class)) return false;
    if (ADDITIONAL.includes(table.class)) return true;
    const rivals = tables.filter((other) => isOfSameKind(table.class, other.class));
    const whole = rivals.filter(({ scope }) => scope === 'all');
    const candidates = whole.length > 0 ? whole : rivals;
    const best = Math.min(...candidates.map(rankOf));
    return candidates.includes(table) && rankOf(table) === best;
  });
}

function rankOf({ class: name }: RawTable): number {
  return PREFERENCE.findIndex((tableClass) => tableClass === name);
}

function isOfSameKind(a: string, b: string): boolean {
  if (!isTableClass(a) || !isTableClass(b) || ADDITIONAL.includes(b)) return false;
  const [first, second] = [layoutOf(a), layoutOf(b)];
  return first.protocol === second.protocol && first.family === second.family;
}
