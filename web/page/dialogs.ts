import { FIELDS } from '../../src/core/index.js';
import { escapeControls } from '../../src/core/text/escapeControls.js';
import { formatJson } from '../../src/core/text/snapshotJson.js';
import type { SnapshotSummary, Verification } from '../protocol.js';
import { button, element } from './element.js';
import { problemText, type ViewerFile } from './files.js';

/** Shows a dialog until it is closed. */
export function openDialog(title: string, children: readonly Node[]): void {
  const dialog = element('dialog', { 'aria-label': title }, [
    element('header', {}, [
      element('h2', {}, [title]),
      button('×', () => dialog.close(), { class: 'close', 'aria-label': 'Close' }),
    ]),
    element('div', { class: 'content', tabindex: 0 }, children),
  ]);
  dialog.addEventListener('close', () => dialog.remove());
  // A click beside it closes it too.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['/', 'filter'],
  ['↓', 'in the filter: suggestions; Enter takes one, Esc closes them, Esc again clears'],
  ['↑ ↓  Page Up  Page Down', 'move through the rows; with Shift, select'],
  ['Home  End', 'first and last row'],
  ['Enter', 'details of the row; Esc closes them'],
  ['Ctrl+C', 'copy the selected rows'],
  ['Ctrl+A', 'select all rows'],
  ['Ctrl+P', 'print the rows, with what is known of the files, findings and timeline'],
  ['← →', 'on a column title: go to the next one'],
  ['Enter, Shift+Enter', 'on a column title: sort by it; add it to the sort'],
  ['Ctrl+← →, Shift+← →', 'on a column title: move the column; make it narrower or wider'],
  ['Enter, Alt+Enter or Delete', 'on a count: show only these; leave them out'],
  ['o', 'open files'],
  ['[  ]', 'the snapshot before, the next one'],
  ['p', 'play the recording, or stop'],
  ['t', 'the timeline: arrows, Page Up and Down, Home and End go to other snapshots'],
  ['Shift+← →, Enter, Esc', 'in the timeline: choose a range; show it; show the whole recording again'],
  ['f', 'show or hide the panel beside the table'],
  ['?', 'this help'],
];

const EXAMPLES: readonly (readonly [expression: string, selects: string])[] = [
  ['state = ESTABLISHED and remote in 10.0.0.0/8', 'a state, a network'],
  [':443 chrome', 'a port at either end, a part of a process name'],
  ['lport in 49152.. and not (TIME_WAIT or CLOSE_WAIT)', 'a range of ports, without two states'],
  ['process in svchost.exe, "Google Chrome"', 'names of processes; quotes where there are spaces'],
  ['process = ""', 'rows whose process is not known'],
];

export function openHelp(version: string): void {
  const list = (entries: typeof KEYS, tag: 'kbd' | 'code'): HTMLElement =>
    element(
      'dl',
      { class: 'help' },
      entries.flatMap(([name, text]) => [
        element('dt', {}, [element(tag, {}, [name])]),
        element('dd', {}, [text]),
      ]),
    );
  openDialog('Help', [
    element('h3', {}, ['Keys']),
    list(KEYS, 'kbd'),
    element('h3', {}, ['The filter']),
    list(EXAMPLES, 'code'),
    element('p', {}, [`Fields: ${FIELDS.join(' ')}. The command line takes the same expressions.`]),
    element('h3', {}, ['This page']),
    element('p', {}, [
      `tcpscope viewer ${version}. It works without a network and sends nothing anywhere: the browser is told not to let it. ` +
        'What you open stays in this tab, and is forgotten when it is closed. The address keeps filter, order, columns and snapshot, but no file.',
    ]),
  ]);
}

/** What the file says of itself, and whether it is what was captured. */
export function openFileInformation(file: ViewerFile, shown: SnapshotSummary | undefined): void {
  const { verification, summary } = file;
  const parts: Node[] = [];
  if (verification !== undefined && summary !== undefined)
    parts.push(...verificationParts(verification, summary.size));
  if (shown !== undefined) {
    parts.push(
      element('h3', {}, [`Snapshot ${shown.key.number}`]),
      element('pre', {}, [formatJson(shown.description)]),
    );
  }
  openDialog(escapeControls(file.toOpen.name), parts);
}

function verificationParts(
  { intact, version, fileId, problems, snapshots }: Verification,
  size: number,
): Node[] {
  const facts: readonly (readonly [string, string])[] = [
    ['State', intact ? 'intact: every checksum, digest and chain value is right' : 'damaged'],
    ['Format', version === undefined ? 'version unknown' : `version ${version}`],
    ['Size', `${size.toLocaleString('en')} bytes`],
    ['File id', fileId],
  ];
  const list = element(
    'dl',
    {},
    facts.flatMap(([name, text]) => [element('dt', {}, [name]), element('dd', {}, [text])]),
  );
  const rows = snapshots
    .slice(0, MAX_LISTED)
    .flatMap(({ number, chain, tables, problems: found }) => [
      element('tr', {}, [
        element('th', { scope: 'row' }, [`snapshot ${number}`]),
        element('td', {}, [found.length === 0 ? 'chain value' : 'damaged']),
        element('td', { class: 'digest' }, [chain ?? '']),
      ]),
      ...tables.map((table) =>
        element('tr', {}, [
          element('td', {}, [escapeControls(table.class)]),
          element('td', {}, [table.intact ? 'SHA-256' : 'damaged']),
          element('td', { class: 'digest' }, [table.sha256]),
        ]),
      ),
    ]);
  return [
    list,
    ...[...problems, ...snapshots.flatMap((snapshot) => snapshot.problems)].map((problem) =>
      element('p', { class: 'problem' }, [escapeControls(problemText(problem))]),
    ),
    element('table', { class: 'digests' }, [element('tbody', {}, rows)]),
    element('p', { class: 'note' }, [
      'A chain shows damage and reordering. That nobody rewrote the whole file, only a chain value kept elsewhere shows.',
    ]),
  ];
}

const MAX_LISTED = 100;
