import type { Table } from '../table/table.js';
import type { Finding, Rule } from './finding.js';

interface PileUp {
  readonly rule: string;
  readonly state: string;
  /** Connections of one process in this state from which it is a pile-up. */
  readonly least: number;
  readonly explanation: string;
}

const PILE_UPS: readonly PileUp[] = [
  {
    rule: 'close-wait-pile-up',
    state: 'CLOSE_WAIT',
    least: 50,
    explanation:
      'The other end has closed these connections, and the process has not: it forgets to close, or hangs. They stay until it does or ends, and each takes memory and a handle.',
  },
  {
    rule: 'fin-wait-1-pile-up',
    state: 'FIN_WAIT_1',
    least: 50,
    explanation:
      'Closed here, and the other end does not even acknowledge it: it is gone, or something on the way drops packets.',
  },
  {
    rule: 'fin-wait-2-pile-up',
    state: 'FIN_WAIT_2',
    least: 100,
    explanation: 'Closed here, and the other end has not closed its side yet: it is what hangs or leaks.',
  },
  {
    rule: 'syn-sent-storm',
    state: 'SYN_SENT',
    least: 20,
    explanation:
      'So many connections that nobody has answered: the remote end is down, a firewall drops them, or the process scans the network.',
  },
];

/** Connections of one process that heap up in a state that should pass. */
export const pileUps: Rule = (table) => PILE_UPS.flatMap((pileUp) => ofState(table, pileUp));

function ofState(table: Table, { rule, state, least, explanation }: PileUp): Finding[] {
  const where = `state = ${state}`;
  return table
    .countBy('pid,process', table.select(where))
    .filter(({ count }) => count >= least)
    .map(({ value, count }) => {
      const [pid, process] = value as readonly [number, string | null];
      return {
        rule,
        severity: 'warning',
        title: `${count} connections of ${processText(pid, process)} are in ${state}`,
        explanation,
        where: `${where} and pid = ${pid}`,
      };
    });
}

function processText(pid: number, process: string | null): string {
  if (pid === 0) return 'processes that are not known';
  return process === null ? `process ${pid}` : `${process} (${pid})`;
}
