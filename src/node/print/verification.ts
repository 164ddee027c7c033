import type { SnapshotCheck, SnapshotError, VerifyReport } from '../../core/index.js';
import { printable } from './cellText.js';
import { plural } from './info.js';
import type { Terminal } from './terminal.js';

/** What `verify` prints of a file. */
export function* verificationText(
  name: string,
  report: VerifyReport,
  { colors }: Terminal,
): Generator<string> {
  const verdict = report.intact ? colors.green('intact') : colors.red('damaged');
  yield `${printable(name)}: ${verdict}, ${plural(report.snapshots.length, 'snapshot')}, ${plural(report.size, 'byte')}\n`;
  for (const problem of report.problems) yield problemLine(problem);
  for (const snapshot of report.snapshots) yield* snapshotText(snapshot);
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
