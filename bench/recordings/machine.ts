/** A machine whose sockets come and go as those of a busy server do. The same seed makes the same machine. */

import { Random } from '../tables/random.js';
import { CLOSE_WAIT, ESTABLISHED, LISTEN, TIME_WAIT } from '../tables/states.js';

const [SYN_SENT, FIN_WAIT_2] = [3, 7];

/** Ticks that Linux keeps a socket in TIME_WAIT, at one tick a second. */
const TIME_WAIT_TICKS = 60;
const [FIRST_DYNAMIC_PORT, LAST_DYNAMIC_PORT] = [32_768, 60_999];
const CLIENTS_PER_ROW = 1 / 3;
const IPV6_SHARE = 0.05;
const UDP_SOCKETS = 40;

export interface Socket {
  readonly protocol: 'TCP' | 'UDP';
  /** One word of an IPv4 address, four of an IPv6 address; the most significant byte comes first. */
  readonly local: readonly number[];
  readonly lport: number;
  readonly remote: readonly number[];
  readonly rport: number;
  state: number;
  /** 0 in TIME_WAIT, which has no owner any more. */
  pid: number;
  inode: number;
  readonly uid: number;
  readonly createdTick: number;
  /** Where the kernel's hash tables have it: the order of netlink's dumps. */
  readonly place: number;
  /** The tick at which its state ends by itself. */
  endsAt: number;
}

export interface Owner {
  readonly pid: number;
  readonly name: string;
  readonly uid: number;
}

/** Who serves, who calls out, and how often each is called. */
const SERVICES = [
  { port: 443, name: 'nginx', weight: 12, workers: 4, uid: 33 },
  { port: 80, name: 'nginx', weight: 3, workers: 4, uid: 33 },
  { port: 8443, name: 'envoy', weight: 2, workers: 1, uid: 101 },
  { port: 22, name: 'sshd', weight: 1, workers: 1, uid: 0 },
];
const BACKENDS = [
  { port: 5432, hosts: 3, weight: 4 },
  { port: 6379, hosts: 2, weight: 4 },
  { port: 443, hosts: 200, weight: 3 },
  { port: 9092, hosts: 5, weight: 1 },
];
/** Listeners that nobody calls while we look. */
const QUIET_PORTS = [25, 53, 111, 631, 2049, 3000, 5000, 8125, 9090, 9100, 10_250];
const CALLERS = ['billing', 'orders', 'search', 'java', 'node', 'python3'];

export class Machine {
  readonly owners: readonly Owner[];
  /** Counters since the boot, under the names of /proc/net/snmp. */
  readonly counters = { activeOpens: 91_234, passiveOpens: 812_345, inSegs: 31_234_567, outSegs: 33_345_678 };
  readonly #random: Random;
  readonly #rows: number;
  readonly #churn: number;
  readonly #local4 = [0x0a000411];
  readonly #local6 = [0x20010db8, 0x00170000, 0, 0x411];
  readonly #clients: readonly { readonly address: number; nextPort: number }[];
  readonly #networks: readonly number[];
  #sockets: Socket[] = [];
  /** Those that can be closed. */
  #open: Socket[] = [];
  #nextPort: number;
  #nextInode = 1_000_000;
  #tick = 0;

  /** @param churn how many of the rows are opened a tick, and as many are gone: 0.01 is one of a hundred */
  constructor(rows: number, churn: number, seed: number) {
    this.#random = new Random(seed);
    this.#rows = rows;
    this.#churn = churn;
    this.#nextPort = FIRST_DYNAMIC_PORT + this.#random.below(10_000);
    this.#networks = Array.from({ length: 200 }, () => (this.#random.next() & 0xfffff000) >>> 0);
    this.#clients = Array.from({ length: Math.max(1, Math.ceil(rows * CLIENTS_PER_ROW)) }, () => ({
      address: this.#random.pick(this.#networks) + this.#random.below(4096),
      nextPort: 1024 + this.#random.below(60_000),
    }));
    this.owners = this.#makeOwners();
    this.#listen();
    this.#bindDatagrams();
    this.#fill();
  }

  get tick(): number {
    return this.#tick;
  }

  get sockets(): readonly Socket[] {
    return this.#sockets;
  }

  /** One tick of time: states end, connections are opened, others are closed. */
  advance(): void {
    this.#tick++;
    const opened = Math.round(this.#rows * this.#churn);
    for (const socket of this.#sockets) if (socket.endsAt === this.#tick) this.#endState(socket);
    for (let i = 0; i < opened; i++) this.#add(this.#openOne());
    for (let i = 0; i < opened && this.#open.length > 0; i++) this.#closeOne();
    this.#sockets = this.#sockets.filter(({ state }) => state !== 0);
    this.counters.inSegs += this.#rows * 3 + this.#random.below(this.#rows + 1);
    this.counters.outSegs += this.#rows * 4 + this.#random.below(this.#rows + 1);
  }

  #makeOwners(): Owner[] {
    const names = [
      ...SERVICES.flatMap(({ name, workers, uid }) => Array.from({ length: workers }, () => ({ name, uid }))),
      ...CALLERS.flatMap((name) => Array.from({ length: 3 }, () => ({ name, uid: 1000 }))),
    ];
    return names.map(({ name, uid }, i) => ({ pid: 700 + i * 37 + this.#random.below(30), name, uid }));
  }

  #listen(): void {
    for (const { port, name } of SERVICES) this.#add(this.#listener(port, this.#ownerOf(name)));
    for (const port of QUIET_PORTS) this.#add(this.#listener(port, this.#random.pick(this.owners)));
  }

  #listener(lport: number, owner: Owner): Socket {
    const [local, remote] = [[0], [0]];
    return this.#make({ protocol: 'TCP', local, lport, remote, rport: 0, state: LISTEN }, owner);
  }

  #bindDatagrams(): void {
    for (let i = 0; i < UDP_SOCKETS; i++) {
      const local = i % 4 === 0 ? this.#local6 : i % 2 === 0 ? [0] : this.#local4;
      const ends = { local, lport: 123 + i * 11, remote: local.map(() => 0), rport: 0 };
      this.#add(this.#make({ protocol: 'UDP', ...ends, state: 0xffffffff }, this.#random.pick(this.owners)));
    }
  }

  /** As it is after running for long: so many sockets in TIME_WAIT of every age. */
  #fill(): void {
    const aTick = this.#rows * this.#churn * ACTIVE_CLOSE;
    const waiting = Math.min(this.#rows / 2, aTick * TIME_WAIT_TICKS);
    while (this.#sockets.length < this.#rows) {
      const socket = this.#openOne();
      this.#add(socket);
      if (this.#sockets.length > waiting) continue;
      this.#open.pop();
      this.#wait(socket, 1 + this.#random.below(TIME_WAIT_TICKS));
    }
  }

  #add(socket: Socket): void {
    this.#sockets.push(socket);
    if (socket.protocol === 'TCP' && socket.state !== LISTEN) this.#open.push(socket);
  }

  #openOne(): Socket {
    const isIPv6 = this.#random.below(1000) < IPV6_SHARE * 1000;
    return this.#random.below(10) < 6 ? this.#accept(isIPv6) : this.#connect(isIPv6);
  }

  #accept(isIPv6: boolean): Socket {
    const { port, name } = this.#weighted(SERVICES);
    const client = this.#random.pick(this.#clients);
    client.nextPort = client.nextPort < 65_535 ? client.nextPort + 1 : 1024;
    this.counters.passiveOpens++;
    return this.#make(
      { ...this.#ends(isIPv6, port, client.address, client.nextPort), state: ESTABLISHED },
      this.#ownerOf(name),
    );
  }

  #connect(isIPv6: boolean): Socket {
    const { port, hosts } = this.#weighted(BACKENDS);
    const remote = 0x0a001000 + port * 256 + this.#random.below(hosts);
    this.#nextPort = this.#nextPort < LAST_DYNAMIC_PORT ? this.#nextPort + 1 : FIRST_DYNAMIC_PORT;
    this.counters.activeOpens++;
    const connecting = this.#random.below(20) === 0;
    const socket = this.#make(
      { ...this.#ends(isIPv6, this.#nextPort, remote, port), state: connecting ? SYN_SENT : ESTABLISHED },
      this.#ownerOf(this.#random.pick(CALLERS)),
    );
    if (connecting) socket.endsAt = this.#tick + 1;
    return socket;
  }

  #ends(isIPv6: boolean, lport: number, remote: number, rport: number) {
    return {
      protocol: 'TCP' as const,
      local: isIPv6 ? this.#local6 : this.#local4,
      lport,
      remote: isIPv6 ? [0x20010db8, remote >>> 16, 0, remote] : [remote],
      rport,
    };
  }

  #make(
    ends: Pick<Socket, 'protocol' | 'local' | 'lport' | 'remote' | 'rport' | 'state'>,
    { pid, uid }: Owner,
  ): Socket {
    const createdTick = this.#tick;
    const place = this.#random.next();
    return { ...ends, pid, uid, createdTick, place, inode: this.#nextInode++, endsAt: Infinity };
  }

  #ownerOf(name: string): Owner {
    return this.#random.pick(this.owners.filter((owner) => owner.name === name));
  }

  #weighted<Value extends { readonly weight: number }>(values: readonly Value[]): Value {
    let ticket = this.#random.below(values.reduce((sum, { weight }) => sum + weight, 0));
    return values.find(({ weight }) => (ticket -= weight) < 0)!;
  }

  #endState(socket: Socket): void {
    if (socket.state === SYN_SENT) socket.state = ESTABLISHED;
    else if (socket.state === FIN_WAIT_2) this.#wait(socket, TIME_WAIT_TICKS);
    else socket.state = 0;
  }

  #closeOne(): void {
    const place = this.#random.below(this.#open.length);
    const socket = this.#open[place]!;
    const last = this.#open.pop()!;
    if (place < this.#open.length) this.#open[place] = last;
    const fate = this.#random.below(100) / 100;
    if (fate < ACTIVE_CLOSE * 0.9) this.#wait(socket, TIME_WAIT_TICKS);
    else if (fate < ACTIVE_CLOSE) this.#linger(socket, FIN_WAIT_2);
    else if (fate < ACTIVE_CLOSE + 0.1) this.#linger(socket, CLOSE_WAIT);
    else socket.state = 0;
  }

  #linger(socket: Socket, state: number): void {
    socket.state = state;
    socket.endsAt = this.#tick + 1 + this.#random.below(3);
  }

  #wait(socket: Socket, ticks: number): void {
    socket.state = TIME_WAIT;
    socket.pid = 0;
    socket.inode = 0;
    socket.endsAt = this.#tick + ticks;
  }
}

/** Of the connections that end: how many this machine closes first, and keeps in TIME_WAIT. */
const ACTIVE_CLOSE = 0.6;
