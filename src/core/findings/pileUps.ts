import { stateName } from '../table/names.js';
import type { Table } from '../table/table.js';
import type { Finding, Rule } from './finding.js';

interface PileUp {
  readonly rule: string;
  /** MIB_TCP_STATE. */
  readonly state: number;
  /** Connections of one process in this state from which it is a pile-up. */
  readonly least: number;
  readonly explanation: string;
}

const PILE_UPS: readonly PileUp[] = [
  {
    rule: 'close-wait-pile-up',
    state: 8,
    least: 50,
    explanation:
      'The other end has closed these connections, and the process has not: it forgets to close, or hangs. They stay until it does or ends, and each takes memory and a handle.',
  },
  {
    rule: 'fin-wait-1-pile-up',
    state: 6,
    least: 50,
    explanation:
      'Closed here, and the other end does not even acknowledge it: it is gone, or something on the way drops packets.',
  },
  {
    rule: 'fin-wait-2-pile-up',
    state: 7,
    least: 100,
    explanation: 'Closed here, and the other end has not closed its side yet: it is what hangs or leaks.',
  },
  {
    rule: 'syn-sent-storm',
    state: 3,
    least: 20,
    explanation:
      'So many connections that nobody has answered: the remote end is down, a firewall drops them, or the process scans the network.',
  },
];

/** Connections of one process that heap up in a state that should pass. */
export const pileUps: Rule = {
  find: findPileUps,
  mayFind: ({ states }) => PILE_UPS.some(({ state, least }) => states[state]! >= least),
};

function findPileUps(table: Table): Finding[] {
  const rows = new Map(table.countBy('state').map(({ value, count }) => [value, count]));
  // Most tables have no state of which that many rows are there at all.
  return PILE_UPS.filter(({ state, least }) => (rows.get(state) ?? 0) >= least).flatMap((pileUp) =>
    ofState(table, pileUp),
  );
}

function ofState(table: Table, { rule, state, least, explanation }: PileUp): Finding[] {
  const name = stateName(state);
  const where = `state = ${name}`;
  return table
    .countBy('pid,process', table.select(where))
    .filter(({ count }) => count >= least)
    .map(({ value, count }) => {
      const [pid, process] = value as readonly [number, string | null];
      return {
        rule,
        severity: 'warning',
        title: `${count} connections of ${processText(pid, process)} are in ${name}`,
        explanation,
        where: `${where} and pid = ${pid}`,
      };
    });
}

function processText(pid: number, process: string | null): string {
  if (pid === 0) return 'processes that are not known';
  return process === null ? `process ${pid}` : `${process} (${pid})`;
}
