import type { TableClass } from '../../dist/core/index.js';

/**
 * What printTable.c prints, written from Microsoft's pages of the row structures and from nothing of this project: every byte is taken
 * by its offset.
 */
type Field = readonly [name: string, read: (row: Uint8Array) => string];

const u32 = (row: Uint8Array, at: number): number =>
  row[at]! + row[at + 1]! * 256 + row[at + 2]! * 65536 + row[at + 3]! * 16777216;
const u64 = (row: Uint8Array, at: number): bigint => BigInt(u32(row, at)) + (BigInt(u32(row, at + 4)) << 32n);
const port = (row: Uint8Array, at: number): number => row[at]! * 256 + row[at + 1]!;

const number = (name: string, at: number): Field => [name, (row) => String(u32(row, at))];
const end4 = (name: string, at: number): Field => [
  name,
  (row) => `${row.slice(at, at + 4).join('.')}:${port(row, at + 4)}`,
];
const end6 = (name: string, at: number): Field => [
  name,
  (row) => {
    const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((i) => port(row, at + i).toString(16));
    return `[${groups.join(':')}%${u32(row, at + 16)}]:${port(row, at + 20)}`;
  },
];
const created = (at: number): Field => ['created', (row) => BigInt.asIntN(64, u64(row, at)).toString()];
const modules = (at: number): Field => [
  'modules',
  (row) => Array.from({ length: 16 }, (_, i) => u64(row, at + i * 8).toString(16)).join(','),
];

const TCP4 = [number('state', 0), end4('local', 4), end4('remote', 12)];
/** The ends stand first in memory and behind the state in the text. */
const TCP6 = [number('state', 48), end6('local', 0), end6('remote', 24)];

interface Reference {
  readonly firstRow: number;
  readonly rowBytes: number;
  readonly fields: readonly Field[];
}

const REFERENCES: Readonly<Record<TableClass, Reference>> = {
  tcp: { firstRow: 4, rowBytes: 20, fields: TCP4 },
  tcp2: { firstRow: 4, rowBytes: 28, fields: [...TCP4, number('pid', 20), number('offload', 24)] },
  'tcp2-bound': { firstRow: 4, rowBytes: 28, fields: [...TCP4, number('pid', 20), number('offload', 24)] },
  'tcp-owner-pid': { firstRow: 4, rowBytes: 24, fields: [...TCP4, number('pid', 20)] },
  'tcp-owner-module': {
    firstRow: 8,
    rowBytes: 160,
    fields: [...TCP4, number('pid', 20), created(24), modules(32)],
  },
  tcp6: {
    firstRow: 4,
    rowBytes: 52,
    fields: [number('state', 0), end6('local', 4), end6('remote', 28)],
  },
  'tcp6-2': { firstRow: 4, rowBytes: 60, fields: [...TCP6, number('pid', 52), number('offload', 56)] },
  'tcp6-2-bound': { firstRow: 4, rowBytes: 60, fields: [...TCP6, number('pid', 52), number('offload', 56)] },
  'tcp6-owner-pid': { firstRow: 4, rowBytes: 56, fields: [...TCP6, number('pid', 52)] },
  'tcp6-owner-module': {
    firstRow: 8,
    rowBytes: 192,
    fields: [...TCP6, number('pid', 52), created(56), modules(64)],
  },
  udp: { firstRow: 4, rowBytes: 8, fields: [end4('local', 0)] },
  'udp-owner-pid': { firstRow: 4, rowBytes: 12, fields: [end4('local', 0), number('pid', 8)] },
  'udp-owner-module': {
    firstRow: 8,
    rowBytes: 160,
    fields: [end4('local', 0), number('pid', 8), number('flags', 24), created(16), modules(32)],
  },
  udp6: { firstRow: 4, rowBytes: 24, fields: [end6('local', 0)] },
  'udp6-owner-pid': { firstRow: 4, rowBytes: 28, fields: [end6('local', 0), number('pid', 24)] },
  'udp6-owner-module': {
    firstRow: 8,
    rowBytes: 176,
    fields: [end6('local', 0), number('pid', 24), number('flags', 40), created(32), modules(48)],
  },
};

/**
 * A line for each row: `state=5 local=127.0.0.1:80 remote=127.0.0.1:5000 pid=7`.
 *
 * @throws Error where the bytes do not hold the rows that they claim
 */
export function printReference(bytes: Uint8Array, tableClass: TableClass): string[] {
  const { firstRow, rowBytes, fields } = REFERENCES[tableClass];
  return Array.from({ length: u32(bytes, 0) }, (_, i) => {
    const row = bytes.slice(firstRow + i * rowBytes, firstRow + (i + 1) * rowBytes);
    if (row.length !== rowBytes) throw new Error(`row ${i} is not all there`);
    return fields.map(([name, read]) => `${name}=${read(row)}`).join(' ');
  });
}
