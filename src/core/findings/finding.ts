import type { SnapshotInfo } from '../snapshot.js';
import type { Table } from '../table/table.js';
import type { Traits } from './traits.js';

/** What an expert would point at in a snapshot. */
export interface Finding {
  /** The rule that found it: `close-wait-pile-up`. Stable, for scripts. */
  readonly rule: string;
  /** `warning`: something is wrong, or soon will be. `notice`: worth knowing. */
  readonly severity: 'warning' | 'notice';
  /** One sentence with the numbers. Names of processes in it are as the file has them. */
  readonly title: string;
  /** What it means, and what to do next. */
  readonly explanation: string;
  /** A select expression for the rows, where it is about rows. */
  readonly where?: string;
}

/** Looks for one kind of thing. Pure: the same table and snapshot give the same findings. */
export interface Rule {
  readonly find: (table: Table, snapshot: SnapshotInfo) => Finding[];
  /** Whether it is worth while to look at rows with these traits: false only where `find` would find nothing. */
  readonly mayFind: (traits: Traits, snapshot: SnapshotInfo) => boolean;
}

/** `1 row`, `12 rows` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
