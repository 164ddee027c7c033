import type { Table } from '../table/table.js';
import type { Finding, Rule } from './finding.js';

/** Connections with one remote address from which they are very many, */
const LEAST_CONNECTIONS = 200;
/** where they are also so large a part of all. */
const LEAST_SHARE = 0.25;
/** No more can have such a share. */
const MOST_REMOTES = Math.floor(1 / LEAST_SHARE);

/** One remote address that a large part of all connections goes to, or comes from. */
export const busyRemotes: Rule = {
  find: findBusyRemotes,
  mayFind: ({ mostToOneRemote }) => mostToOneRemote >= LEAST_CONNECTIONS,
};

function findBusyRemotes(table: Table): Finding[] {
  if (table.rowCount < LEAST_CONNECTIONS) return [];
  const rows = table.select(
    'TCP and not LISTEN and remote not in 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104, 0.0.0.0, ::',
  );
  const least = Math.max(LEAST_CONNECTIONS, LEAST_SHARE * rows.length);
  return table
    .countBy('remote', rows, MOST_REMOTES)
    .filter(({ count }) => count >= least)
    .map(({ value, count }) => ({
      rule: 'busy-remote',
      severity: 'notice',
      title: `${count} of ${rows.length} connections are with ${String(value)}`,
      explanation:
        'A proxy, a load balancer or a database is often like this; so is a client that does not reuse its connections, or an attack. Count them by state and process.',
      where: `TCP and not LISTEN and remote = ${String(value)}`,
    }));
}
