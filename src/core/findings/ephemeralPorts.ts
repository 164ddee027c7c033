import type { SnapshotInfo } from '../snapshot.js';
import type { Count } from '../table/count.js';
import type { Table } from '../table/table.js';
import { dynamicPorts, type PortRange } from './dynamicPorts.js';
import type { Finding, Rule } from './finding.js';

/** Share of the dynamic ports in use from which it is worth knowing, */
const NOTICE_SHARE = 0.5;
/** and from which connections may soon fail. */
const WARNING_SHARE = 0.8;

/**
 * How much of the dynamic port range is used: towards one remote end, which is where a connection has to differ from all others by its
 * local port, and on one local address in all, which is what Windows runs out of first.
 */
export const ephemeralPorts: Rule = {
  find: findEphemeralPorts,
  mayFind: ({ rowCount }, snapshot) => rowCount >= leastUsed(dynamicPorts(snapshot)),
};

function findEphemeralPorts(table: Table, snapshot: SnapshotInfo): Finding[] {
  const range = dynamicPorts(snapshot);
  const least = leastUsed(range);
  if (table.rowCount < least) return [];
  const where = `TCP and not LISTEN and lport in ${range.low}..${range.high}`;
  return frequent(table, 'local', table.select(where), least).flatMap(({ value }) =>
    ofLocalAddress(table, snapshot, range, `${where} and local = ${String(value)}`),
  );
}

function leastUsed({ low, high }: PortRange): number {
  return Math.ceil(NOTICE_SHARE * (high - low + 1));
}

/** The values that at least so many of the rows have. Of millions of rows, not all values are made for that. */
function frequent(table: Table, by: string, rows: Uint32Array, least: number): Count[] {
  return table.countBy(by, rows, Math.floor(rows.length / least)).filter(({ count }) => count >= least);
}

function ofLocalAddress(table: Table, snapshot: SnapshotInfo, range: PortRange, where: string): Finding[] {
  const rows = table.select(where);
  const local = table.row(rows[0]!).localAddress;
  const findings: Finding[] = [];
  const used = table.countBy('lport', rows).length;
  // Other systems share a port between connections to different remote ends.
  if (snapshot.host?.os === 'Windows') findings.push(...share(used, range, `on ${local}`, where));
  for (const { value, count } of frequent(table, 'remote,rport', rows, leastUsed(range))) {
    const [remote, port] = value as readonly [string, number];
    const end = remote.includes(':') ? `[${remote}]:${port}` : `${remote}:${port}`;
    const ofEnd = `${where} and remote = ${remote} and rport = ${port}`;
    findings.push(...share(count, range, `from ${local} to ${end}`, ofEnd));
  }
  return findings;
}

function share(used: number, range: PortRange, between: string, where: string): Finding[] {
  const size = range.high - range.low + 1;
  if (used < NOTICE_SHARE * size) return [];
  const percent = Math.floor((100 * used) / size);
  const source = range.assumed ? "the system's default, since the snapshot does not tell it" : 'as captured';
  return [
    {
      rule: 'ephemeral-ports',
      severity: used < WARNING_SHARE * size ? 'notice' : 'warning',
      title: `${used} of ${size} dynamic ports (${percent}%) are in use ${between}`,
      explanation: `When all of ${range.low}..${range.high} (${source}) are taken, new connections fail. Look at who opens so many and for how long they stay, TIME_WAIT included: connections that are kept and reused need no new ports.`,
      where,
    },
  ];
}
