import type { SnapshotInfo } from '../index.js';
import type { Change } from '../table/changes.js';
import { formatJsonRow } from '../table/jsonRow.js';
import { describeSnapshot, formatJson, type SnapshotOrigin } from './snapshotJson.js';

/** One line for each difference: `{"change":"opened","connection":{…}}`, `{"change":"stateChanged","before":{…},"after":{…}}`. */
export function* changeNdjson(changes: Iterable<Change>): Generator<string> {
  for (const change of changes) yield `{"change":"${change.change}",${members(change)}}\n`;
}

/** One JSON object: what was compared, and a list for each kind of difference. */
export function* changeJson(
  changes: readonly Change[],
  [before, after]: readonly [SnapshotInfo, SnapshotInfo],
  [beforeOrigin, afterOrigin]: readonly [SnapshotOrigin, SnapshotOrigin],
): Generator<string> {
  const compared = {
    before: describeSnapshot(before, beforeOrigin),
    after: describeSnapshot(after, afterOrigin),
  };
  yield formatJson(compared).replace(/\n\}$/, '');
  for (const kind of ['opened', 'closed', 'stateChanged', 'ownerChanged'] as const) {
    const rows = changes.filter(({ change }) => change === kind).map(listItem);
    yield `,\n  "${kind}": [${rows.map((row) => `\n    ${row}`).join(',')}${rows.length > 0 ? '\n  ' : ''}]`;
  }
  yield '\n}\n';
}

function listItem(change: Change): string {
  return 'connection' in change ? formatJsonRow(change.connection) : `{${members(change)}}`;
}

function members(change: Change): string {
  if ('connection' in change) return `"connection":${formatJsonRow(change.connection)}`;
  const [before, after] = [change.before, change.after].map((row) => formatJsonRow(row));
  return `"before":${before},"after":${after}`;
}
