import {
  isTableClass,
  layoutOf,
  type Family,
  type Field,
  type RowWord,
  type TableLayout,
} from '../src/core/index.js';

/** A field of a row of a raw table, for people who check the decoder with their own eyes. */
export interface LayoutField {
  /** The structure's own name for it. */
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  /** The field that is decoded from it. */
  readonly field: Field | undefined;
  /** How the bytes are read. */
  readonly reading: string;
}

export interface RowLayout {
  readonly structure: string;
  readonly firstRow: number;
  readonly rowBytes: number;
  readonly fields: readonly LayoutField[];
}

const WORD_BYTES = 4;
const PORT = '2 bytes, the high one first; the 2 after them mean nothing';
const NUMBER = '4 bytes, the low one first';
const READINGS: Readonly<Record<Family, string>> = {
  IPv4: 'an octet a byte, the first one first',
  IPv6: '16 bytes, the first one first',
};

type Known = Exclude<RowWord, null>;

/** The field of the select language that a word belongs to, and what Microsoft's headers call it. */
const WORDS: Readonly<Record<Known, { field: Field | undefined; name: string }>> = {
  state: { field: 'state', name: 'dwState' },
  local: { field: 'local', name: 'dwLocalAddr' },
  lscope: { field: 'local', name: 'dwLocalScopeId' },
  lport: { field: 'lport', name: 'dwLocalPort' },
  remote: { field: 'remote', name: 'dwRemoteAddr' },
  rscope: { field: 'remote', name: 'dwRemoteScopeId' },
  rport: { field: 'rport', name: 'dwRemotePort' },
  pid: { field: 'pid', name: 'dwOwningPid' },
  offload: { field: 'offload', name: 'dwOffloadState' },
  created: { field: undefined, name: 'liCreateTimestamp' },
};

/** The layout of a table class, where it is known. */
export function rowLayout(tableClass: string): RowLayout | undefined {
  if (!isTableClass(tableClass)) return undefined;
  const layout = layoutOf(tableClass);
  return {
    structure: layout.structure.replace('TABLE', 'ROW'),
    firstRow: layout.firstRow,
    rowBytes: layout.rowBytes,
    fields: fieldsOf(layout),
  };
}

/** Words that hold one value together are one field. */
function fieldsOf({ words, family }: TableLayout): LayoutField[] {
  const fields: LayoutField[] = [];
  for (const [i, word] of words.entries()) {
    if (word === null) continue;
    const { field, name } = WORDS[word];
    const last = fields.at(-1);
    if (word === words[i - 1] && last !== undefined) {
      fields[fields.length - 1] = { ...last, length: last.length + WORD_BYTES };
    } else {
      fields.push({
        name,
        offset: i * WORD_BYTES,
        length: WORD_BYTES,
        field,
        reading: readingOf(word, family),
      });
    }
  }
  return fields;
}

function readingOf(word: Known, family: Family): string {
  switch (word) {
    case 'local':
    case 'remote':
      return READINGS[family];
    case 'lport':
    case 'rport':
      return PORT;
    case 'created':
      return '8 bytes, the low one first: 100 ns since 1601';
    default:
      return NUMBER;
  }
}
