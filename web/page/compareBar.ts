import { escapeControls } from '../../src/core/text/escapeControls.js';
import { formatUtcSeconds } from '../../src/core/text/time.js';
import {
  CHANGE_KINDS,
  type ChangeCounts,
  type ChangeKind,
  type Shown,
  type SnapshotSummary,
} from '../protocol.js';
import { button, element } from './element.js';

interface CompareListener {
  onChanges(changes: readonly ChangeKind[]): void;
  onSwap(): void;
  onStop(): void;
}

const LABELS: Readonly<Record<ChangeKind, string>> = {
  closed: 'Closed',
  opened: 'Opened',
  changed: 'Changed',
  same: 'Unchanged',
};

/** Above the table, while two snapshots are compared: what they are, and which kinds of rows are shown. */
export class CompareBar {
  readonly element = element('div', {
    class: 'compare',
    role: 'group',
    'aria-label': 'Comparison',
    hidden: true,
  });
  readonly #listener: CompareListener;
  readonly #names = element('span', { class: 'names' });
  readonly #kinds = new Map<ChangeKind, { button: HTMLButtonElement; count: HTMLElement }>();
  #changes: readonly ChangeKind[] = [];

  constructor(listener: CompareListener) {
    this.#listener = listener;
    const kinds = CHANGE_KINDS.map((kind) => this.#kind(kind));
    this.element.append(
      ...kinds,
      this.#names,
      button('Swap', () => listener.onSwap(), { title: 'Compare the other way round' }),
      button('End comparison', () => listener.onStop()),
    );
  }

  show({ snapshot, before }: Shown): void {
    this.element.hidden = before === undefined;
    if (before === undefined) return;
    this.#names.replaceChildren(
      element('bdi', {}, [snapshotName(before)]),
      ' → ',
      element('bdi', {}, [snapshotName(snapshot)]),
    );
  }

  /** How many rows of each kind the filter leaves, and which kinds are shown. */
  update(counts: ChangeCounts | undefined, changes: readonly ChangeKind[]): void {
    this.#changes = changes;
    for (const [kind, parts] of this.#kinds) {
      parts.button.setAttribute('aria-pressed', String(changes.includes(kind)));
      parts.count.textContent = (counts?.[kind] ?? 0).toLocaleString('en');
    }
  }

  #kind(kind: ChangeKind): HTMLElement {
    const count = element('span', { class: 'count' });
    const made = element(
      'button',
      { type: 'button', class: 'kind', 'data-change': kind, 'aria-pressed': 'false' },
      [element('span', { class: 'label' }, [LABELS[kind]]), ' ', count],
      { click: () => this.#toggle(kind) },
    );
    this.#kinds.set(kind, { button: made, count });
    return made;
  }

  #toggle(kind: ChangeKind): void {
    this.#listener.onChanges(
      CHANGE_KINDS.filter((other) => this.#changes.includes(other) !== (other === kind)),
    );
  }
}

/** `WEB01, 2026-11-23 19:01:35 UTC`, or the file's name where the snapshot does not tell. */
export function snapshotName({ hostName, utcMicroseconds, description }: SnapshotSummary): string {
  const parts = [hostName, utcMicroseconds === undefined ? undefined : formatUtcSeconds(utcMicroseconds)];
  const known = parts.filter((part) => part !== undefined);
  return escapeControls(known.length > 0 ? known.join(', ') : String(description['file']));
}
