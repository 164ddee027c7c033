import type { SnapshotInfo } from '../snapshot.js';
import type { Table } from '../table/table.js';
import { isTableClass, layoutOf } from '../tableClass.js';
import { plural, type Finding, type Rule } from './finding.js';

/**
 * Sockets that are older than the process that has their pid: the one that opened them has ended, and the system gave its number away. Any
 * is worth knowing, since whoever reads the table takes the wrong process for the owner.
 */
export const reusedPids: Rule = {
  find: findReusedPids,
  mayFind: (_traits, snapshot) => isTimed(snapshot),
};

/** Without the time at which a socket was created, nobody can tell. */
function isTimed({ tables }: Pick<SnapshotInfo, 'tables'>): boolean {
  return tables.some(({ class: name }) => isTableClass(name) && layoutOf(name).words.includes('created'));
}

function findReusedPids(table: Table, snapshot: SnapshotInfo): Finding[] {
  if (!isTimed(snapshot)) return [];
  return table.countBy('pid,process', table.select('owner = reused')).map(({ value, count }) => {
    const [pid, process] = value as readonly [number, string | null];
    const name = process === null ? `process ${pid}` : `${process} (${pid})`;
    const are = count === 1 ? 'is' : 'are';
    return {
      rule: 'reused-pid',
      severity: 'notice',
      title: `${plural(count, 'row')} of ${name} ${are} older than this process`,
      explanation:
        'Another process opened these sockets and has ended; its pid was given to this one. Do not take this one for their owner: what keeps them open is a child that inherited them, or the system.',
      where: `owner = reused and pid = ${pid}`,
    };
  });
}
