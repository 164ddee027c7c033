import type { SnapshotInfo } from '../snapshot.js';
import type { Table } from '../table/table.js';
import { dynamicPorts } from './dynamicPorts.js';
import { plural, type Finding, type Rule } from './finding.js';

/** Ports named in the title; the others are counted. */
const SHOWN_PORTS = 8;

/**
 * Sockets that take connections or datagrams on every address of the machine: what can be reached from the network, as far as no
 * firewall stands before it.
 */
export const listenersOnAllAddresses: Rule = {
  find: findListeners,
  mayFind: ({ isOpenToAll }) => isOpenToAll,
};

function findListeners(table: Table, snapshot: SnapshotInfo): Finding[] {
  const { low, high } = dynamicPorts(snapshot);
  // UDP does not tell who asks from who answers: what has a port that nobody chose is taken for the former.
  const open = { TCP: 'LISTEN', UDP: `lport not in ${low}..${high}` };
  return (['TCP', 'UDP'] as const).flatMap((protocol) => {
    const where = `${protocol} and ${open[protocol]} and local in 0.0.0.0, ::`;
    const ports = table.countBy('lport', table.select(where)).map(({ value }) => Number(value));
    if (ports.length === 0) return [];
    const shown = ports
      .sort((a, b) => a - b)
      .slice(0, SHOWN_PORTS)
      .join(', ');
    const more = ports.length > SHOWN_PORTS ? ` and ${ports.length - SHOWN_PORTS} more` : '';
    return [
      {
        rule: 'listeners-on-all-addresses',
        severity: 'notice' as const,
        title: `${plural(ports.length, `${protocol} port`)} open on all addresses: ${shown}${more}`,
        explanation:
          'Whoever reaches this machine reaches these ports, where no firewall stands before them. What serves only this machine can listen on 127.0.0.1 or ::1.',
        where,
      },
    ];
  });
}
