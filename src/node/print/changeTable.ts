import type { SnapshotInfo } from '../../core/index.js';
import type { Change } from '../../core/table/changes.js';
import { connectionColumns } from './connectionColumns.js';
import type { Colors, Terminal } from './terminal.js';
import type { TextColumn } from './textColumns.js';
import { textTable } from './textTable.js';
import { formatUtcSeconds } from '../../core/text/time.js';
import { wrapWords } from './wrapWords.js';

type Kind = Change['change'];

/** Marks that tell changes apart without colours too; the colours are those that people know from TCPView. */
const MARKS: Readonly<
  Record<Kind, { mark: string; words: string; style: keyof Colors & ('green' | 'red' | 'yellow') }>
> = {
  closed: { mark: '-', words: 'closed', style: 'red' },
  opened: { mark: '+', words: 'opened', style: 'green' },
  stateChanged: { mark: '~', words: 'state changed', style: 'yellow' },
  ownerChanged: { mark: '~', words: 'owner changed', style: 'yellow' },
};

const MARK_COLUMN: TextColumn = { title: ' ', align: 'left', minWidth: 1, dispensable: 0 };

/** Differences as aligned columns that fit the terminal, and a closing line that counts them. */
export function* changeTable(
  changes: readonly Change[],
  [before, after]: readonly [SnapshotInfo, SnapshotInfo],
  terminal: Terminal,
): Generator<string> {
  const { width, colors } = terminal;
  const cells = connectionColumns();
  const columns = [MARK_COLUMN, ...cells];
  const lines = changes.map((change) => [
    MARKS[change.change].mark,
    ...cells.map((column) => {
      if ('connection' in change) return column.cell(change.connection);
      const [old, now] = [column.cell(change.before), column.cell(change.after)];
      return old === now ? now : `${old} → ${now}`;
    }),
  ]);
  if (lines.length > 0) {
    const style = (cell: string, _column: number, line: number): string =>
      colors[MARKS[changes[line]!.change].style](cell);
    yield* textTable(columns, lines, terminal, { style });
    yield '\n';
  }
  const words = closingLine(changes, before, after).split(' ');
  yield wrapWords(words, width)
    .map((line) => colors.dim(line) + '\n')
    .join('');
}

/** `2 closed, 1 opened, 1 state changed from 2026-11-23 19:01:35 UTC to 2026-11-23 19:02:35 UTC` */
function closingLine(changes: readonly Change[], before: SnapshotInfo, after: SnapshotInfo): string {
  const counts = Object.entries(MARKS).flatMap(([kind, { words }]) => {
    const count = changes.filter(({ change }) => change === kind).length;
    return count > 0 ? [`${count} ${words}`] : [];
  });
  const what = counts.length > 0 ? counts.join(', ') : 'no differences';
  if (!before.time || !after.time) return what;
  const [from, to] = [before.time, after.time].map((time) => formatUtcSeconds(time.utcMicroseconds));
  return `${what} from ${from} to ${to}`;
}
