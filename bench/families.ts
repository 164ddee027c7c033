/**
 * Measures what IPv6 costs beside IPv4: the same work on the same rows with addresses of four bytes and of sixteen, taking turns:
 * `node bench/dist/families.js [ROWS] [ROUNDS] [WORK]`. Exit codes: 0 done, 1 a result or a ratio is not what it must be.
 */

import { createDecoder, diffTables, type Decoder, type Table } from 'tcpscope';
import { spread } from './measure.js';
import { formatNumber } from './report/numbers.js';
import { formatTextTable } from './report/textTable.js';
import { churn } from './tables/churn.js';
import { asIPv6, networkOf } from './tables/ipv6.js';
import { BASIC_KINDS, makeTable, type BasicKind } from './tables/kinds.js';

/** Times the IPv4 figure, at most. */
const MOST = 2;
const DEFAULT_ROWS = 1_000_000;
const DEFAULT_ROUNDS = 7;

/** A table of a family, and the same machine a little later. */
interface Side {
  readonly isIPv6: boolean;
  readonly raw: Uint8Array;
  readonly table: Table;
  readonly later: Table;
}

interface Work {
  readonly name: string;
  /** Returns what must be the same for both families. */
  readonly run: (side: Side, kind: BasicKind, decoder: Decoder) => unknown;
}

/** A state, a port and a network, as in comparisons/select.ts. */
const QUESTIONS: Readonly<Record<BasicKind, readonly [test: string, octet: number, bits: number]>> = {
  busy: ['state = ESTABLISHED and lport = 443', 80, 5],
  client: ['state = ESTABLISHED and rport = 443', 64, 4],
  random: ['state = ESTABLISHED and rport in 49152..65535', 160, 3],
};

const WORKS: readonly Work[] = [
  { name: 'decode', run: ({ raw, isIPv6 }, _, decoder) => decode(decoder, raw, isIPv6).free() },
  { name: 'decode + order', run: ({ raw, isIPv6 }, _, decoder) => orderOf(decoder, raw, isIPv6) },
  {
    name: 'decode + order by remote',
    run: ({ raw, isIPv6 }, _, decoder) => orderOf(decoder, raw, isIPv6, ['remote', '-lport']),
  },
  {
    name: 'select',
    run: ({ table, isIPv6 }, kind) => {
      const [test, octet, bits] = QUESTIONS[kind];
      const network = isIPv6 ? networkOf(octet, bits) : `${octet}.0.0.0/${bits}`;
      return table.select(`${test} and remote in ${network}`);
    },
  },
  { name: 'count by pid', run: ({ table }) => table.countBy('pid', undefined, 100) },
  { name: 'count by remote', run: ({ table }) => sizesOf(table, 'remote', 100) },
  {
    name: 'count by network',
    run: ({ table, isIPv6 }) => sizesOf(table, isIPv6 ? 'remote/64' : 'remote/24', 100),
  },
  { name: 'diff', run: ({ table, later }) => diffTables(table, later) },
  { name: 'csv', run: ({ table }) => void table.formatCsv() },
];

process.exitCode = await main(process.argv.slice(2));

async function main([rows, rounds, only]: readonly string[]): Promise<number> {
  const decoder = await createDecoder();
  const lines: string[][] = [];
  let exitCode = 0;
  for (const kind of BASIC_KINDS) {
    const sides = makeSides(decoder, kind, Number(rows ?? DEFAULT_ROWS));
    for (const work of WORKS.filter(({ name }) => only === undefined || name.startsWith(only))) {
      const { line, isMet } = compare(work, kind, sides, decoder, Number(rounds ?? DEFAULT_ROUNDS));
      lines.push(line);
      if (!isMet) exitCode = 1;
    }
    for (const { table, later } of sides) [table, later].forEach((used) => used.free());
  }
  const header = ['work', 'kind', 'IPv4 ms', 'IPv6 ms', 'IPv6 over IPv4', ''];
  process.stdout.write(formatTextTable(header, lines, 2));
  return exitCode;
}

function makeSides(decoder: Decoder, kind: BasicKind, rows: number): readonly [Side, Side] {
  const before = makeTable(kind, rows, 1);
  const after = churn(before, kind, rows, 2);
  const sideOf = (raw: Uint8Array, laterRaw: Uint8Array, isIPv6: boolean): Side => ({
    isIPv6,
    raw,
    table: decode(decoder, raw, isIPv6),
    later: decode(decoder, laterRaw, isIPv6),
  });
  return [sideOf(before, after, false), sideOf(asIPv6(before), asIPv6(after), true)];
}

function decode(decoder: Decoder, raw: Uint8Array, isIPv6: boolean): Table {
  return decoder.decode(raw, isIPv6 ? 'tcp6-2' : 'tcp2');
}

/** With all that is kept with a table made anew. */
function orderOf(decoder: Decoder, raw: Uint8Array, isIPv6: boolean, keys?: string[]): Uint32Array {
  using table = decode(decoder, raw, isIPv6);
  return table.order(keys);
}

/** How large the groups are: their values differ. */
function sizesOf(table: Table, field: string, limit: number): number[] {
  return table.countBy(field, undefined, limit).map(({ count }) => count);
}

function compare(
  { name, run }: Work,
  kind: BasicKind,
  sides: readonly [Side, Side],
  decoder: Decoder,
  rounds: number,
): { line: string[]; isMet: boolean } {
  const [expected, actual] = sides.map((side) => JSON.stringify(run(side, kind, decoder)));
  const isSame = expected === actual;
  const times: [number[], number[]] = [[], []];
  for (let round = -1; round < rounds; round++) {
    for (const [i, side] of sides.entries()) {
      const start = processorTime();
      run(side, kind, decoder);
      // The first round is for the compiler.
      if (round >= 0) times[i]!.push(processorTime() - start);
    }
  }
  const ratio = spread(times[1].map((time, round) => time / times[0][round]!)).median;
  const isMet = isSame && ratio <= MOST;
  const figures = [...times.map((list) => spread(list).median), ratio].map(formatNumber);
  const remark = isSame ? (isMet ? '' : 'NOT MET') : 'RESULT DIFFERS';
  return { line: [name, kind, ...figures, remark], isMet };
}

/** Milliseconds of this process, so that what else runs on the machine does not count. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
