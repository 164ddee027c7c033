import { FIELDS } from '../../src/core/index.js';
import { CHANGE_KINDS, type ChangeKind } from '../protocol.js';
import { DEFAULT_COLUMNS, formatColumns, parseColumns, type ShownColumn } from './columns.js';
import { formatRange, parseRange, type SnapshotRange } from './snapshotRange.js';

/** What the address of the page restores. Files are not in it: a page cannot open them by itself. */
export interface ViewState {
  readonly where: string;
  /** Sort keys of the command line: `-rport`. None: the documented order. */
  readonly sort: readonly string[];
  readonly columns: readonly ShownColumn[];
  /** Of a comparison: the kinds to show. */
  readonly changes: readonly ChangeKind[];
  /** Number of the snapshot in its file; the last one where it is not given. */
  readonly snapshot: number | undefined;
  /** The part of the recording that the timeline shows. */
  readonly range: SnapshotRange | undefined;
}

const DEFAULT_CHANGES: readonly ChangeKind[] = ['closed', 'opened', 'changed'];

/** A fragment can be anything that somebody sent: what is not understood is left out. */
export function parseFragment(fragment: string): ViewState {
  const values = new URLSearchParams(fragment.replace(/^#/, ''));
  const list = (name: string): string[] => (values.get(name) ?? '').split(',').filter(Boolean);
  const kinds = list('changes');
  const changes = CHANGE_KINDS.filter((kind) => kinds.includes(kind));
  const snapshot = values.get('snapshot') ?? '';
  return {
    where: values.get('where') ?? '',
    sort: list('sort').filter((key) => (FIELDS as readonly string[]).includes(key.replace(/^-/, ''))),
    columns: parseColumns(values.get('columns') ?? ''),
    changes: values.has('changes') ? changes : DEFAULT_CHANGES,
    snapshot: /^\d{1,9}$/.test(snapshot) ? Number(snapshot) : undefined,
    range: parseRange(values.get('range') ?? ''),
  };
}

/** The shortest fragment that restores this: nothing in it is as it would be anyway. */
export function formatFragment({ where, sort, columns, changes, snapshot, range }: ViewState): string {
  const values = new URLSearchParams();
  if (where !== '') values.set('where', where);
  if (sort.length > 0) values.set('sort', sort.join(','));
  if (formatColumns(columns) !== formatColumns(DEFAULT_COLUMNS))
    values.set('columns', formatColumns(columns));
  if (changes.join() !== DEFAULT_CHANGES.join()) values.set('changes', changes.join(','));
  if (snapshot !== undefined) values.set('snapshot', String(snapshot));
  if (range !== undefined) values.set('range', formatRange(range));
  // Readable where it can be.
  return values.toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%2F', '/');
}
