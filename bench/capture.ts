/**
 * Measures capture on Linux against `ss`, on sockets of loopback that other processes hold: `node bench/dist/capture.js [ROUNDS]`. Needs
 * `ss` (iproute2) and 20,000 file descriptors a process. Exit codes: 0 done, 1 a result or a ratio is not what it must be.
 */

import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { captureSnapshot, createDecoder, type TableName } from 'tcpscope';
import { spread } from './measure.js';
import { formatNumber } from './report/numbers.js';
import { formatTextTable } from './report/textTable.js';

const HOLDER = fileURLToPath(new URL('../../test/capture/socketHolder.mjs', import.meta.url));

interface Work {
  readonly name: string;
  /** Of each connection, both ends are sockets. */
  readonly connections: number;
  readonly datagrams: number;
  readonly families: readonly string[];
  readonly tables: readonly TableName[];
  readonly ss: string;
  /** The time of ss over ours, at least. */
  readonly floor: number;
}

const WORKS: readonly Work[] = [
  {
    name: '20,000 sockets of TCP over IPv4, with pids',
    connections: 10_000,
    datagrams: 0,
    families: ['127.0.0.1'],
    tables: ['tcp2'],
    ss: '-4tanp',
    floor: 1.5,
  },
  {
    name: '20,000 of TCP and 2,000 of UDP in each family',
    connections: 10_000,
    datagrams: 2000,
    families: ['127.0.0.1', '::1'],
    tables: ['tcp2', 'tcp6-2', 'udp-owner-pid', 'udp6-owner-pid'],
    ss: '-tuanp',
    floor: 1,
  },
];

const DEFAULT_ROUNDS = 15;

process.exitCode = await main(Number(process.argv[2] ?? DEFAULT_ROUNDS));

async function main(rounds: number): Promise<number> {
  let exitCode = 0;
  for (const work of WORKS) {
    const holders = await holdSockets(work);
    try {
      if (!(await measureWork(work, rounds))) exitCode = 1;
    } finally {
      for (const { child } of holders) child.kill();
    }
  }
  return exitCode;
}

async function measureWork(work: Work, rounds: number): Promise<boolean> {
  const runSs = (): string => execFileSync('ss', ['-H', work.ss], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const capture = async () => captureSnapshot({ tables: work.tables });

  // Programs of the machine come and go meanwhile: a few sockets more or less say nothing.
  const listed = runSs().split('\n').length - 1;
  const captured = (await createDecoder()).decodeSnapshot(await capture()).rowCount;
  const wanted = work.families.length * (2 * work.connections + work.datagrams);
  const isWhole = captured >= wanted && Math.abs(captured - listed) < wanted / 100;
  if (!isWhole) process.stdout.write(`RESULT DIFFERS: ss lists ${listed}, tcpscope ${captured} sockets\n`);

  const ours: number[] = [];
  const peer: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await time(capture));
    peer.push(await time(runSs));
  }
  const ratio = spread(peer.map((duration, i) => duration / ours[i]!));
  const rows = [
    ['tcpscope, in process', formatNumber(spread(ours).median), ''],
    [`ss ${work.ss}`, formatNumber(spread(peer).median), formatNumber(ratio.median)],
  ];
  const met = ratio.median >= work.floor;
  process.stdout.write(
    `${work.name}; floor ${work.floor}${met ? '' : ': NOT MET'}\n` +
      `${formatTextTable(['', 'ms', 'over ours'], rows)}\n`,
  );
  return isWhole && met;
}

async function time(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

interface Holder {
  readonly child: ChildProcess;
  readonly ports: readonly number[];
}

async function holdSockets({ connections, datagrams, families }: Work): Promise<Holder[]> {
  const holders: Holder[] = [];
  for (const host of families) {
    const server = await hold('server', 4096, host);
    holders.push(server, await hold('clients', server.ports[0]!, connections, host));
    if (datagrams > 0) holders.push(await hold('datagrams', datagrams, host));
  }
  return holders;
}

async function hold(...values: readonly (string | number)[]): Promise<Holder> {
  const child = fork(HOLDER, values.map(String), { execArgv: [] });
  const [ports] = (await once(child, 'message')) as [number[]];
  return { child, ports };
}
