import { toHex } from '../../src/core/bytes.js';
import type { Connection, Field, SnapshotSeries } from '../../src/core/index.js';
import { escapeControls } from '../../src/core/text/escapeControls.js';
import { formatUtc } from '../../src/core/text/time.js';
import type { ChangeKind, Details, Side } from '../protocol.js';
import { COLUMNS, hasRemote, NONE } from './columns.js';
import { button, element } from './element.js';
import { historyList } from './historyList.js';
import { hexView, linkFields } from './hexView.js';
import { stateKind } from '../../src/core/table/stateKind.js';

interface DetailsListener {
  onClose(): void;
  /** Show only rows that match this. */
  onNarrow(term: string): void;
  /** Show a snapshot of the recording. */
  onSnapshot(number: number): void;
  /** Of the recording, where its timeline has been read. */
  series(): SnapshotSeries | undefined;
}

const HEADINGS: Readonly<Record<ChangeKind, string>> = {
  same: 'Connection',
  opened: 'Opened connection',
  closed: 'Closed connection',
  changed: 'Changed connection',
};

/** Everything known of one connection, and the bytes that it was decoded from. */
export class DetailsPanel {
  readonly element = element('aside', { class: 'details', 'aria-label': 'Details', hidden: true });
  readonly #listener: DetailsListener;

  constructor(listener: DetailsListener) {
    this.#listener = listener;
    linkFields(this.element);
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  show({ change, now, before, history }: Details): void {
    const series = this.#listener.series();
    this.element.replaceChildren(
      element('header', {}, [
        element('h2', { tabindex: -1 }, [HEADINGS[change]]),
        button('×', () => this.#listener.onClose(), { class: 'close', 'aria-label': 'Close details' }),
      ]),
      this.#side(
        now,
        before?.connection,
        history && series
          ? historyList(history, series, (number) => this.#listener.onSnapshot(number))
          : undefined,
      ),
      ...(before ? [element('h3', {}, ['Before']), this.#side(before, undefined)] : []),
    );
    this.element.hidden = false;
  }

  focus(): void {
    this.element.querySelector('h2')?.focus();
  }

  close(): void {
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  #side(
    { connection, process, raw }: Side,
    before: Connection | undefined,
    history?: HTMLElement,
  ): HTMLElement {
    const facts: HTMLElement[] = [];
    const add = (name: string, text: string, field?: Field, term?: string): void => {
      const old = field && before && COLUMNS[field].text(before);
      const value = element('dd', { 'data-field': field }, [
        element('bdi', {}, [old !== undefined && old !== text ? `${old} → ${text}` : text]),
      ]);
      if (field === 'state') value.dataset['kind'] = stateKind(connection.stateName);
      if (term !== undefined) {
        value.append(
          button('filter', () => this.#listener.onNarrow(term), {
            class: 'narrow',
            'aria-label': `Show only ${term}`,
            title: term,
          }),
        );
      }
      facts.push(element('dt', { 'data-field': field }, [name]), value);
    };
    const text = (field: Field): string => COLUMNS[field].text(connection);
    const isKnown = connection.pid !== 0;
    add(
      'State',
      text('state'),
      'state',
      connection.stateName === null ? undefined : `state = ${connection.stateName}`,
    );
    add('Local', text('local'), 'local', `local = ${connection.localAddress}`);
    add('Local port', text('lport'), 'lport', `lport = ${connection.localPort}`);
    const remote = hasRemote(connection);
    add('Remote', text('remote'), 'remote', remote ? `remote = ${connection.remoteAddress}` : undefined);
    add('Remote port', text('rport'), 'rport', remote ? `rport = ${connection.remotePort}` : undefined);
    add('Protocol', `${connection.protocol} over ${connection.family}`, 'protocol');
    add('PID', isKnown ? text('pid') : '0: no owner, or not known', 'pid', `pid = ${connection.pid}`);
    add('Process', connection.process === null ? 'not known' : text('process'), 'process');
    if (process?.path !== undefined) add('Path', escapeControls(process.path));
    if (process?.startUtcMicroseconds !== undefined) add('Started', formatUtc(process.startUtcMicroseconds));
    for (const [name, value] of Object.entries(process ?? {})) {
      if (!KNOWN.has(name)) add(PROCESS_WORDS.get(name) ?? escapeControls(name), printableValue(value));
    }
    for (const field of FURTHER_FIELDS) {
      if (text(field) !== NONE && !(MOSTLY_ZERO.has(field) && text(field) === '0'))
        add(COLUMNS[field].title, text(field), field);
    }
    const parts: HTMLElement[] = [element('dl', {}, facts), ...(history ? [history] : [])];
    if (raw !== undefined) {
      const { function: source = 'a dump' } = raw;
      const made = raw.synthesized ? ', written in this layout by the tool that captured it' : '';
      parts.push(
        element('h3', {}, ['Raw bytes']),
        hexView(raw, (field) => rawValue(connection, field)),
        element('p', { class: 'source' }, [escapeControls(`From ${source}${made}.`)]),
      );
    }
    return element('div', { class: 'side' }, parts);
  }
}

/** What not every snapshot tells of. */
const FURTHER_FIELDS: readonly Field[] = [
  'owner',
  'module',
  'created',
  'uid',
  'inode',
  'interface',
  'lporthigh',
  'rporthigh',
  'offload',
];

/** Of these, zero says nothing. */
const MOSTLY_ZERO: ReadonlySet<Field> = new Set(['interface', 'lporthigh', 'rporthigh']);

/** What is known of processes, in words; what a later version knows has its own name. */
const PROCESS_WORDS: ReadonlyMap<string, string> = new Map([
  ['parentPid', 'Parent PID'],
  ['user', 'User'],
  ['userName', 'User name'],
  ['session', 'Session'],
  ['commandLine', 'Command line'],
]);

const KNOWN: ReadonlySet<string> = new Set(['pid', 'name', 'path', 'startUtcMicroseconds']);

/** What a later version knows of a process is shown as it is. */
function printableValue(value: unknown): string {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === 'string') return escapeControls(value);
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? member.toString() : member,
  );
  return escapeControls(text ?? String(value));
}

/** The bytes' own value, also where it means nothing. */
function rawValue(row: Connection, field: Field): string {
  switch (field) {
    case 'state':
      return `${row.state ?? NONE} ${row.stateName ?? ''}`;
    case 'remote':
      return row.remoteAddress ?? NONE;
    case 'rport':
      return String(row.remotePort ?? NONE);
    case 'pid':
      return String(row.pid);
    case 'offload':
      return `${row.offload ?? NONE} ${row.offloadName ?? ''}`;
    default:
      return COLUMNS[field].text(row);
  }
}
