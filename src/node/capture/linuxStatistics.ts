import { readFileSync } from 'node:fs';
import type { Statistics } from '../../core/index.js';
import type { StatisticsReport } from './provider.js';

/** Groups of counters in pairs of lines: `Tcp: NAME NAME …`, `Tcp: VALUE VALUE …`. */
const PAIRED = ['/proc/net/snmp', '/proc/net/netstat'];
/** A counter in each line. */
const LISTED = '/proc/net/snmp6';

/** The counters of this network namespace (proc_net(5)). */
export function readLinuxStatistics(): StatisticsReport {
  const statistics: Statistics[] = [];
  const unreadable: { what: string; reason: string }[] = [];
  for (const source of [...PAIRED, LISTED]) {
    try {
      const text = readFileSync(source, 'latin1');
      statistics.push(...(source === LISTED ? [parseListed(text, source)] : parsePaired(text, source)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      unreadable.push({ what: `statistics of ${source}`, reason });
    }
  }
  return { statistics, unreadable };
}

export function parsePaired(text: string, source: string): Statistics[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const groups: Statistics[] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [title = '', ...names] = lines[i]!.trim().split(/\s+/);
    const [again, ...values] = lines[i + 1]!.trim().split(/\s+/);
    if (title !== again || names.length !== values.length) {
      throw new Error(`${source} has lines that do not fit each other: ${title} ${again}`);
    }
    const counters = Object.fromEntries(names.map((name, n) => [name, toCounter(values[n]!, source)]));
    groups.push({ source, name: title.replace(/:$/, ''), counters });
  }
  return groups;
}

export function parseListed(text: string, source: string): Statistics {
  const counters: Record<string, number | bigint> = {};
  for (const line of text.split('\n')) {
    const [name, value] = line.trim().split(/\s+/);
    if (name && value !== undefined) counters[name] = toCounter(value, source);
  }
  return { source, name: 'IPv6', counters };
}

/** Counters of 64 bits can be more than a number of JavaScript holds. */
function toCounter(digits: string, source: string): number | bigint {
  if (!/^-?\d+$/.test(digits)) throw new Error(`${source} has "${digits}" where a number should be`);
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}
