import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One socket as `ss` of iproute2 prints it, of any protocol and family. */
export interface SsSocket {
  /** State, both ends, uid and inode: what is the same as long as the socket does not change. */
  readonly key: string;
  /** Every pid that holds it. */
  readonly pids: readonly number[];
}

/** What `key` is made of. Addresses as `ss` prints them, brackets left out; zones are numbers. */
export interface SocketFacts {
  /** Of TCP the MIB's number. UDP has no states. */
  readonly state?: number;
  readonly local: { readonly address: string; readonly zone: number; readonly port: number };
  readonly remote: { readonly address: string; readonly zone: number; readonly port: number };
  readonly uid: number;
  readonly inode: number;
}

export function socketKey({ state, local, remote, uid, inode }: SocketFacts): string {
  const [from, to] = [local, remote].map(({ address, zone, port }) => `${shortest(address)}%${zone}:${port}`);
  return `${state ?? 'UDP'} ${from} ${to} uid ${uid} inode ${inode}`;
}

/** One spelling for each address, whoever wrote it. */
function shortest(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]/`).hostname : address;
}

const STATES: Readonly<Record<string, number>> = {
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

export function readSsSockets(protocol: 'TCP' | 'UDP', family: 'IPv4' | 'IPv6'): SsSocket[] {
  const [kind, version] = [protocol === 'TCP' ? '-t' : '-u', family === 'IPv4' ? '-4' : '-6'];
  const text = execFileSync('ss', ['-H', version, kind, '-a', '-n', '-p', '-e'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const anywhere = family === 'IPv4' ? '0.0.0.0' : '::';
  return text.split('\n').flatMap((line) => (line === '' ? [] : [parseLine(line, protocol, anywhere)]));
}

/** `ESTAB 0 0 [::1]:22 [::1]:4242 users:(("sshd",pid=77,fd=4),…) timer:(…) uid:1000 ino:1234 sk:1 …` */
function parseLine(line: string, protocol: 'TCP' | 'UDP', anywhere: string): SsSocket {
  const [stateName = '', , , local = '', remote = ''] = line.split(/\s+/);
  const state = STATES[stateName];
  if (protocol === 'TCP' && state === undefined) throw new Error(`ss printed an unknown state: ${line}`);
  const from = parseEnd(local, anywhere);
  const to = parseEnd(remote, anywhere);
  const pids = [...line.matchAll(/,pid=(\d+),fd=\d+\)/g)].map(([, pid]) => Number(pid));
  const linkLocal = to.address.startsWith('fe80:');
  return {
    key: socketKey({
      ...(protocol === 'TCP' && { state: state! }),
      local: from,
      // ss names the interface once; a link-local address is one of the same link.
      remote: { ...to, zone: linkLocal ? from.zone : 0 },
      uid: Number(/ uid:(\d+)/.exec(line)?.[1] ?? 0),
      inode: Number(/ ino:(\d+)/.exec(line)?.[1] ?? 0),
    }),
    pids: [...new Set(pids)],
  };
}

/** `127.0.0.53%lo:53`, `0.0.0.0:*`, `*:443` (IPv6 that takes IPv4 too), `[::1]:22`, `[fe80::1]%eth0:546`. */
function parseEnd(text: string, anywhere: string): SocketFacts['local'] {
  const [, bracketed, plain = '', zone, port = ''] =
    /^(?:\[([0-9a-f:.]+)\]|([0-9.]+|\*))(?:%([^:]*))?:([0-9]+|\*)$/.exec(text) ?? [];
  const address = bracketed ?? (plain === '*' ? anywhere : plain);
  if (address === '') throw new Error(`ss printed an end that this reader does not know: ${text}`);
  return { address, zone: zone === undefined ? 0 : indexOf(zone), port: port === '*' ? 0 : Number(port) };
}

function indexOf(networkInterface: string): number {
  return Number(readFileSync(`/sys/class/net/${networkInterface}/ifindex`, 'utf8'));
}
