import { Random } from './random.js';
import { CLOSE_WAIT, ESTABLISHED, FIN_WAIT_1, LISTEN, TIME_WAIT } from './states.js';
import { TableBytes } from './tableBytes.js';

export const BASIC_KINDS = ['busy', 'client', 'random'] as const;
export type BasicKind = (typeof BASIC_KINDS)[number];

export function isBasicKind(kind: string): kind is BasicKind {
  return (BASIC_KINDS as readonly string[]).includes(kind);
}

/** A table of `rows` rows in no order. The same seed makes the same table. */
export function makeTable(kind: BasicKind, rows: number, seed: number): Uint8Array {
  const random = new Random(seed);
  const table = new TableBytes(rows);
  switch (kind) {
    case 'busy':
      fillBusy(table, random);
      break;
    case 'client':
      fillClient(table, random);
      break;
    case 'random':
      fillRandom(table, random);
      break;
  }
  return table.bytes;
}

/** Mostly established, then waiting: what a machine under load has. */
const STATES = [
  ...Array<number>(44).fill(ESTABLISHED),
  ...Array<number>(14).fill(TIME_WAIT),
  ...Array<number>(4).fill(CLOSE_WAIT),
  ...Array<number>(2).fill(FIN_WAIT_1),
];

/**
 * A busy server: one local address, five local ports. Clients have three connections each on average, from neighbouring
 * ports; two thirds of them are anywhere, the others in 512 networks of 4,096 addresses.
 */
function fillBusy(table: TableBytes, random: Random): void {
  const local = 0x0a000411;
  const ports = [...Array<number>(22).fill(443), ...Array<number>(6).fill(80), 8080, 8080, 8443, 22];
  const pids = Array.from({ length: 64 }, () => 4 * (1 + random.below(8000)));
  const networks = Array.from({ length: 512 }, () => (random.next() & 0xfffff000) >>> 0);
  const count = Math.ceil(table.rows / 3);
  const addresses = new Uint32Array(count);
  const nextPort = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    addresses[i] = random.below(3) === 0 ? random.pick(networks) + random.below(4096) : random.next();
    nextPort[i] = 1024 + random.below(64_000);
  }
  const listening = [...new Set(ports)];
  for (let row = 0; row < table.rows; row++) {
    if (row < listening.length) {
      table.set(row, LISTEN, local, listening[row]!, 0, 0, random.pick(pids));
      continue;
    }
    const client = random.below(count);
    const state = random.pick(STATES);
    const pid = state === TIME_WAIT ? 0 : random.pick(pids);
    table.set(row, state, local, random.pick(ports), addresses[client]!, nextPort[client]!++, pid);
  }
}

/** A client host, or a proxy: three local addresses, ephemeral local ports, 1,000 remote addresses, few remote ports. */
function fillClient(table: TableBytes, random: Random): void {
  const locals = [
    0xc0a80117, 0xc0a80117, 0xc0a80117, 0xc0a80117, 0xc0a80117, 0x0a080005, 0x0a080005, 0x7f000001,
  ];
  const ports = [...Array<number>(20).fill(443), 80, 80, 80, 8443, 5432, 5432, 6379, 9092, 22, 993, 53, 53];
  const networks = Array.from({ length: 750 }, () => (random.next() & 0xffffff00) >>> 0);
  const remotes = Array.from({ length: 1000 }, () => random.pick(networks) + random.below(256));
  const pids = Array.from({ length: 300 }, () => 4 * (1 + random.below(8000)));
  const listeners = Math.min(20, table.rows >> 5);
  for (let row = 0; row < table.rows; row++) {
    if (row < listeners) {
      table.set(row, LISTEN, random.pick(locals), 1024 + 13 * row, 0, 0, random.pick(pids));
      continue;
    }
    const state = random.pick(STATES);
    const pid = state === TIME_WAIT ? 0 : random.pick(pids);
    const lport = 49_152 + random.below(16_384);
    table.set(row, state, random.pick(locals), lport, random.pick(remotes), random.pick(ports), pid);
  }
}

/** All fields uniform over what they can be, and junk where a table may have it. */
function fillRandom(table: TableBytes, random: Random): void {
  for (let row = 0; row < table.rows; row++) {
    const ports = random.next();
    table.set(
      row,
      1 + random.below(12),
      random.next(),
      ports & 0xffff,
      random.next(),
      ports >>> 16,
      4 * random.below(16_384),
      random.below(4),
      random.next() & 0xffff,
    );
  }
}
