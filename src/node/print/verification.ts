import type { SnapshotCheck, SnapshotError, VerifyReport } from '../../core/index.js';
import { printable } from './cellText.js';
import { formatUtc } from '../../core/text/time.js';
import { plural } from './info.js';
import type { Terminal } from './terminal.js';

/** Of more snapshots than that, those that are as they should be are counted. */
const MOST_LISTED = 10;

/** What `verify` prints of a file. */
export function* verificationText(
  name: string,
  report: VerifyReport,
  { colors }: Terminal,
): Generator<string> {
  const verdict = report.intact ? colors.green('intact') : colors.red('damaged');
  yield `${printable(name)}: ${verdict}, ${plural(report.snapshots.length, 'snapshot')}, ${plural(report.size, 'byte')}\n`;
  for (const problem of report.problems) yield problemLine(problem);
  yield* notesText(report);
  const shown = worthShowing(report.snapshots);
  for (const snapshot of shown) yield* snapshotText(snapshot);
  const others = report.snapshots.length - shown.length;
  if (others > 0) yield `  and ${plural(others, 'snapshot')} before the last, all ok\n`;
}

/** Of a recording, the damaged ones, and the last, whose chain value covers all of them. */
function worthShowing(snapshots: readonly SnapshotCheck[]): readonly SnapshotCheck[] {
  if (snapshots.length <= MOST_LISTED) return snapshots;
  return snapshots.filter(({ problems }, i) => problems.length > 0 || i === snapshots.length - 1);
}

function* notesText({ gaps, repairs }: VerifyReport): Generator<string> {
  for (const { time, reason } of gaps) {
    yield `  gap at ${formatUtc(time.utcMicroseconds)}: ${printable(reason)}\n`;
  }
  for (const { time, offset, cutBytes } of repairs) {
    const cut =
      cutBytes > 0 ? `, after ${plural(cutBytes, 'byte')} that made no whole frame were cut off` : '';
    yield `  continued at ${formatUtc(time.utcMicroseconds)} from byte ${offset} on${cut}\n`;
  }
}

function* snapshotText(snapshot: SnapshotCheck): Generator<string> {
  yield `  snapshot ${snapshot.number}  ${readable(snapshot)}\n`;
  for (const { class: tableClass, length, sha256, intact } of snapshot.tables) {
    const verdict = intact ? 'ok' : 'damaged';
    yield `    table ${printable(tableClass)}  ${verdict}  ${plural(length, 'byte')}  SHA-256 ${sha256}\n`;
  }
  if (snapshot.chain !== undefined) yield `    chain ${snapshot.chain}\n`;
  for (const problem of snapshot.problems) yield problemLine(problem);
}

function readable({ problems, metadata, tables }: SnapshotCheck): string {
  if (problems.length === 0) return 'ok';
  if (metadata === undefined) return 'damaged: nothing of it can be trusted';
  const intact = tables.filter((table) => table.intact).length;
  return `damaged: its metadata and ${intact} of ${plural(tables.length, 'table')} can be read`;
}

function problemLine({ message, offset }: SnapshotError): string {
  return `    problem at byte ${offset ?? '?'}: ${printable(message)}\n`;
}
