import { wordsOf } from '../../bytes.js';
import { isTableClass, layoutOf } from '../../tableClass.js';

const WORD_BYTES = 4;
/** Above its port, a word holds whatever was in memory. */
const PORT_MASK = 0xffff;
const KEY_WORDS = new Set(['local', 'lscope', 'lport', 'remote', 'rscope', 'rport']);

/** The rows of a raw table as words, as they stand in its bytes: for comparing rows of one machine, not for reading them. */
export interface RawRows {
  readonly words: Uint32Array;
  /** As many as the table claims and holds. */
  readonly count: number;
  readonly firstWord: number;
  readonly rowWords: number;
  /** Words of a row that tell its connection, and what of them counts. */
  readonly key: readonly { readonly word: number; readonly mask: number }[];
  /** Place of the owner's pid and of the state in a row; undefined where rows have none. */
  readonly pidWord: number | undefined;
  readonly stateWord: number | undefined;
}

/** The rows of a table, or undefined where its class is not known. */
export function rawRows(bytes: Uint8Array, tableClass: string): RawRows | undefined {
  if (!isTableClass(tableClass)) return undefined;
  const { firstRow, rowBytes, words } = layoutOf(tableClass);
  const [firstWord, rowWords] = [firstRow / WORD_BYTES, rowBytes / WORD_BYTES];
  const held = wordsOf(bytes);
  const claimed = held[0] ?? 0;
  const place = (name: string): number | undefined => {
    const word = words.findIndex((field) => field === name);
    return word === -1 ? undefined : word;
  };
  return {
    words: held,
    count: Math.max(0, Math.min(claimed, Math.floor((held.length - firstWord) / rowWords))),
    firstWord,
    rowWords,
    key: words.flatMap((field, word) =>
      field !== null && KEY_WORDS.has(field)
        ? [{ word, mask: field.endsWith('port') ? PORT_MASK : 0xffffffff }]
        : [],
    ),
    pidWord: place('pid'),
    stateWord: place('state'),
  };
}
