import { wordsOf } from '../bytes.js';
import type { SnapshotInfo, TableInfo } from '../snapshot.js';
import { OFFLOAD_STATES, offloadName, stateName, STATES } from '../table/names.js';
import type { Table } from '../table/table.js';
import { isTableClass, layoutOf, type TableClass, type TableLayout } from '../tableClass.js';
import { plural, type Finding, type Rule } from './finding.js';

/** Values that no documentation explains: of a newer system, or of something that tampers with the table. */
export const unknownValues: Rule = {
  find: (table) => [
    ...unknownOf(table, 'state', STATES, stateName),
    ...unknownOf(table, 'offload', OFFLOAD_STATES, offloadName),
  ],
  mayFind: ({ hasUnknownValues }) => hasUnknownValues,
};

function unknownOf(
  table: Table,
  field: 'state' | 'offload',
  known: readonly number[],
  nameOf: (value: number) => string,
): Finding[] {
  return table
    .countBy(field)
    .filter(({ value }) => typeof value === 'number' && !known.includes(value))
    .map(({ value, count }) => ({
      rule: `unknown-${field}`,
      severity: 'notice',
      title: `${plural(count, 'row')} with the ${field} ${nameOf(Number(value))}`,
      explanation: `No documentation gives ${field} ${Number(value)} a meaning. A newer system may; otherwise look at who else sees these connections.`,
      where: `${field} = ${Number(value)}`,
    }));
}

/** Ports in DWORDs of which the half that belongs to no port is not zero. */
export const oddPortHalves: Rule = {
  find: findOddPortHalves,
  mayFind: (_traits, { tables }) => tables.some((table) => hasOddPortHalf(table)),
};

function findOddPortHalves(table: Table): Finding[] {
  const where = 'lporthigh > 0 or rporthigh > 0';
  const { length } = table.select(where);
  if (length === 0) return [];
  return [
    {
      rule: 'odd-port-halves',
      severity: 'notice',
      title: `${plural(length, 'row')} with a port whose upper half is not zero`,
      explanation:
        'Ports have 16 bits, and are stored in 32. Microsoft says of the others that they may be uninitialized memory; present systems leave zeros. They are not part of the port. Look at them with --count-by lporthigh, or with tcpscope raw.',
      where,
    },
  ];
}

/** Whether one of the bytes that belong to no port is not zero. */
function hasOddPortHalf({ class: name, bytes }: TableInfo): boolean {
  if (!isTableClass(name)) return false;
  if (!(bytes instanceof Uint8Array)) return bytes.upperHalves !== undefined;
  const { words, firstRow, rowBytes } = layoutOf(name);
  const all = wordsOf(bytes);
  return (['lport', 'rport'] as const).some((port) => {
    const word = words.indexOf(port);
    return word !== -1 && hasUpperHalf(all, firstRow / 4 + word, rowBytes / 4);
  });
}

/** Whether the upper half of any of these words is not zero. Tables are little-endian, as this machine is. */
function hasUpperHalf(words: Uint32Array, first: number, step: number): boolean {
  let all = 0;
  for (let at = first; at < words.length; at += step) all |= words[at]!;
  return all >>> 16 !== 0;
}

/** Raw tables that have bytes behind their rows which are not zero. */
export const slackNotZero: Rule = {
  find: (_table, snapshot) => findSlack(snapshot),
  mayFind: (_traits, snapshot) => findSlack(snapshot).length > 0,
};

function findSlack({ tables }: Pick<SnapshotInfo, 'tables'>): Finding[] {
  return tables.flatMap((table) => (isTableClass(table.class) ? oddSlack(table, layoutOf(table.class)) : []));
}

function oddSlack({ class: name, bytes }: TableInfo, { firstRow, rowBytes }: TableLayout): Finding[] {
  if (!(bytes instanceof Uint8Array)) return [];
  const rows = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true);
  const end = firstRow + rows * rowBytes;
  if (end >= bytes.length) return [];
  const odd = bytes.subarray(end).findIndex((byte) => byte !== 0);
  if (odd === -1) return [];
  return [
    {
      rule: 'slack-not-zero',
      severity: 'notice',
      title: `The table ${name} has bytes that are not zero behind its rows, from offset ${end + odd} on`,
      explanation:
        'The system wrote them, or whoever changed the table: rows that were taken out leave their bytes there. Look at them with tcpscope raw.',
      // Bytes behind the rows belong to none of them: these are the rows before them.
      where: ofTable(name as TableClass),
    },
  ];
}

/** The rows of a table's protocol and family. */
function ofTable(tableClass: TableClass): string {
  const { protocol, family } = layoutOf(tableClass);
  return `protocol = ${protocol} and family = ${family}`;
}
