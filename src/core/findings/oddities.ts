import type { RawTable, Snapshot } from '../snapshot.js';
import { OFFLOAD_STATES, offloadName, stateName, STATES } from '../table/names.js';
import type { Table } from '../table/table.js';
import { isTableClass, layoutOf, type TableLayout } from '../tableClass.js';
import { plural, type Finding, type Rule } from './finding.js';

/** Values that no documentation explains: of a newer system, or of something that tampers with the table. */
export const unknownValues: Rule = (table) => [
  ...unknownOf(table, 'state', STATES, stateName),
  ...unknownOf(table, 'offload', OFFLOAD_STATES, offloadName),
];

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

/** Raw tables that have bytes behind their rows which are not zero. */
export const slackNotZero: Rule = (_table, { tables }: Pick<Snapshot, 'tables'>) =>
  tables.flatMap((table) => {
    return isTableClass(table.class) ? oddSlack(table, layoutOf(table.class)) : [];
  });

function oddSlack({ class: name, bytes }: RawTable, { firstRow, rowBytes }: TableLayout): Finding[] {
  const rows = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true);
  const end = firstRow + rows * rowBytes;
  const odd = bytes.subarray(end).findIndex((byte) => byte !== 0);
  if (odd === -1) return [];
  return [
    {
      rule: 'slack-not-zero',
      severity: 'notice',
      title: `The table ${name} has bytes that are not zero behind its rows, from offset ${end + odd} on`,
      explanation:
        'The system wrote them, or whoever changed the table: rows that were taken out leave their bytes there. Look at them with tcpscope raw.',
    },
  ];
}
