import { execFileSync } from 'node:child_process';

/** One IPv4 TCP socket as `ss` of iproute2 prints it: what the capture on Linux is compared with. */
export interface SsRow {
  /** The MIB's number. */
  readonly state: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The lowest pid that holds the socket; 0 where `ss` shows none. */
  readonly pid: number;
  /** Every pid that holds it. */
  readonly pids: readonly number[];
  readonly inode: number;
}

const MIB_STATES: Readonly<Record<string, number>> = {
  LISTEN: 2,
  'SYN-SENT': 3,
  'SYN-RECV': 4,
  ESTAB: 5,
  'FIN-WAIT-1': 6,
  'FIN-WAIT-2': 7,
  'CLOSE-WAIT': 8,
  CLOSING: 9,
  'LAST-ACK': 10,
  'TIME-WAIT': 11,
};

/** Why `ss` cannot be asked here, or undefined where it can. */
export function whyNoSs(): string | undefined {
  if (process.platform !== 'linux') return 'not on Linux';
  try {
    execFileSync('ss', ['-V'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'ss (iproute2) is missing';
  }
}

/** Runs `ss` on this machine: no header, IPv4, TCP, all states, numbers, processes, inodes. */
export function readSs(): SsRow[] {
  const text = execFileSync('ss', ['-H', '-4', '-t', '-a', '-n', '-p', '-e'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return text.split('\n').filter(Boolean).map(parseLine);
}

/** `ESTAB 0 0 127.0.0.1:22 127.0.0.1:4242 users:(("sshd",pid=77,fd=4),…) timer:(…) ino:1234 sk:1 …` */
function parseLine(line: string): SsRow {
  const [stateName = '', , , local = '', remote = ''] = line.split(/\s+/);
  const state = MIB_STATES[stateName];
  if (state === undefined) throw new Error(`ss printed a state that this reader does not know: ${line}`);
  const pids = [...line.matchAll(/,pid=(\d+),fd=\d+\)/g)].map(([, pid]) => Number(pid));
  return {
    state,
    ...parseEnd('local', local),
    ...parseEnd('remote', remote),
    pid: pids.length === 0 ? 0 : Math.min(...pids),
    pids: [...new Set(pids)],
    inode: Number(/ ino:(\d+)/.exec(line)?.[1] ?? 0),
  };
}

/** `127.0.0.53%lo:53` and `0.0.0.0:*` among them. */
function parseEnd(side: 'local', text: string): Pick<SsRow, 'localAddress' | 'localPort'>;
function parseEnd(side: 'remote', text: string): Pick<SsRow, 'remoteAddress' | 'remotePort'>;
function parseEnd(side: string, text: string) {
  const [, address = '', port = ''] = /^([0-9.]+)(?:%[^:]*)?:([0-9]+|\*)$/.exec(text) ?? [];
  if (address === '') throw new Error(`ss printed an end that this reader does not know: ${text}`);
  return { [`${side}Address`]: address, [`${side}Port`]: port === '*' ? 0 : Number(port) };
}
