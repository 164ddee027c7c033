import type { Count, FieldValue, SnapshotInfo } from '../../core/index.js';
import { parseCountKeys } from '../../core/table/countKeys.js';
import { jsonValue } from '../../core/table/jsonRow.js';
import { familyName, offloadName, protocolName, stateName } from '../../core/table/names.js';
import { csvValue } from '../../core/table/text.js';
import { printable } from './cellText.js';
import { describeSnapshot, formatJson, type SnapshotOrigin } from '../../core/text/snapshotJson.js';
import type { Terminal } from './terminal.js';
import type { TextColumn } from './textColumns.js';
import { textTable } from './textTable.js';

/** Rows counted by one or two fields, and how many were counted in all. */
export interface Counted {
  /** What was counted by, as the user wrote it: `process,remote/24`. */
  readonly by: string;
  readonly counts: readonly Count[];
  readonly total: number;
}

/** The names of the fields that were counted by: `process`, `remote/24`. */
function fieldNames(by: string): string[] {
  return by.split(',').map((name) => name.trim());
}

/** The values of a count as people and scripts read them: names where there are names. */
function shownValues(by: string, { value }: Count): FieldValue[] {
  const values = Array.isArray(value) ? (value as FieldValue[]) : [value as FieldValue];
  return parseCountKeys(by).map(({ field }, i) => {
    const shown = values[i]!;
    switch (field) {
      case 'state':
        return shown === null ? null : stateName(Number(shown));
      case 'offload':
        return shown === null ? null : offloadName(Number(shown));
      case 'protocol':
        return protocolName(Number(shown));
      case 'family':
        return familyName(Number(shown));
      default:
        return shown;
    }
  });
}

/** `  12   40%  chrome.exe`, the most frequent first. */
export function* countTable(
  { by, counts, total }: Counted,
  header: boolean,
  terminal: Terminal,
): Generator<string> {
  const number = { align: 'right', minWidth: 5, dispensable: 0 } as const;
  const columns: TextColumn[] = [
    { ...number, title: 'Count' },
    { ...number, title: 'Share', dispensable: 1 },
    ...fieldNames(by).map((title): TextColumn => ({ title, align: 'left', minWidth: 8, dispensable: 0 })),
  ];
  const lines = counts.map((count) => [
    String(count.count),
    `${((100 * count.count) / total).toFixed(1)}%`,
    ...shownValues(by, count).map((value) => printable(String(value ?? '-'))),
  ]);
  yield* textTable(columns, lines, terminal, { header });
}

/** A header line, and a line for each count: the values, then the count. */
export function* countCsv({ by, counts }: Counted, header: boolean): Generator<string> {
  if (header) yield [...fieldNames(by), 'count'].join(',') + '\n';
  for (const count of counts) {
    yield [...shownValues(by, count), count.count].map(csvValue).join(',') + '\n';
  }
}

/** One object for each count: the values under the names of their fields, and `count`. */
export function* countNdjson(counted: Counted): Generator<string> {
  for (const object of countObjects(counted)) yield object + '\n';
}

/** One JSON object: the snapshot's metadata and its `counts`, each on a line of its own. */
export function* countJson(
  snapshot: SnapshotInfo,
  origin: SnapshotOrigin,
  counted: Counted,
): Generator<string> {
  const objects = countObjects(counted);
  yield formatJson(describeSnapshot(snapshot, origin)).replace(/\n\}$/, ',\n  "counts": [');
  yield objects.map((object) => `\n    ${object}`).join(',');
  yield objects.length > 0 ? '\n  ]\n}\n' : ']\n}\n';
}

function countObjects({ by, counts }: Counted): string[] {
  const names = fieldNames(by);
  return counts.map((count) => {
    const values = shownValues(by, count).map((value, i) => `${jsonValue(names[i]!)}:${jsonValue(value)}`);
    return `{${values.join(',')},"count":${count.count}}`;
  });
}
