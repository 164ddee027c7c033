import type { Summary } from 'tcpscope';
import type { ScriptTotals } from './script.js';

/** What of a summary differs from what the script counted; empty where nothing does. */
export function differences(summary: Summary, totals: ScriptTotals): string[] {
  const top = (list: { readonly top: readonly { value: unknown; rows: number }[] }): string =>
    JSON.stringify(list.top.map(({ value, rows }) => [JSON.stringify(value), rows]));
  const pairs: readonly (readonly [name: string, ours: string, theirs: string])[] = [
    ['rows', String(summary.rows), String(totals.rows)],
    ['processes', top(summary.processes), JSON.stringify(totals.processes.top())],
    ['remotes', top(summary.remotes), JSON.stringify(totals.remotes.top())],
    ['local ports', top(summary.localPorts), JSON.stringify(totals.localPorts.top())],
    ['remote ports', top(summary.remotePorts), JSON.stringify(totals.remotePorts.top())],
    ['hosts', String(summary.hosts.total), String(totals.hosts.size)],
    ['states', statesOf(summary), sortedText([...totals.states].map(([key, count]) => `${key} ${count}`))],
    ['listeners', String(summary.listeners.total), String(totals.listeners.size)],
    [
      'findings',
      sortedText(summary.findings.map(({ rule, snapshots }) => `${rule} ${snapshots}`)),
      sortedText([...totals.findings].map(([rule, count]) => `${rule} ${count}`)),
    ],
    ['links', String(summary.links.rows), String(linkRows(totals))],
  ];
  return pairs.filter(([, ours, theirs]) => ours !== theirs).map(([name]) => name);
}

function statesOf({ states }: Summary): string {
  return sortedText(
    states.flatMap(({ time, states: counts }) =>
      Object.entries(counts).map(([state, count]) => `${time} ${state} ${count}`),
    ),
  );
}

function sortedText(lines: readonly string[]): string {
  return lines.toSorted().join('\n');
}

function linkRows({ owners, talkers }: ScriptTotals): number {
  let rows = 0;
  for (const [key, count] of talkers) {
    const [address, host] = key.split(' ') as [string, string];
    const hosts = owners.get(address);
    if (hosts?.size === 1 && !hosts.has(host)) rows += count;
  }
  return rows;
}
