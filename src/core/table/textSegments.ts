/** A value of a row, as the kernel writes it (assembly/text/program.ts). Columns are addresses. */
export type TextValue =
  | { readonly kind: 'address'; readonly column: number }
  | { readonly kind: 'number'; readonly column: number; readonly valueBytes: number }
  | WideValue
  | NameValue;

/**
 * A value of several columns of u32, or one that not every row has: an address of either family (family, four words, scope id), a
 * FILETIME (two words), a number.
 */
export interface WideValue {
  readonly kind: 'anyAddress' | 'time' | 'numberOrNone';
  readonly column: number;
  readonly further: readonly number[];
  /** What stands before and after the value, where there is one. */
  readonly around: readonly [before: string, after: string];
  /** What is written where there is none. */
  readonly none: string;
}

/** The text that stands at the value's place. */
export interface NameValue {
  readonly kind: 'name';
  readonly column: number;
  readonly names: readonly (string | undefined)[];
  /** What is written for a value without a name: these texts, and the value between each two of them. */
  readonly unknown: readonly string[];
  /** What is written for NO_VALUE, where that is no value like others. */
  readonly none?: string;
}

/** A piece of every row's text: always the same, or a value. */
export type TextSegment = string | TextValue;

/**
 * As few segments as the same text needs: texts side by side become one, and names take in what stands around them and other names
 * of the same column. `TCP,IPv4,5,ESTABLISHED,` is then one text for the kernel to copy.
 */
export function mergeSegments(segments: readonly TextSegment[]): TextSegment[] {
  const merged: TextSegment[] = [];
  for (const segment of segments) {
    const last = merged.at(-1);
    const joined = last === undefined ? undefined : joinSegments(last, segment);
    if (joined === undefined) merged.push(segment);
    else merged[merged.length - 1] = joined;
  }
  return merged;
}

function joinSegments(left: TextSegment, right: TextSegment): TextSegment | undefined {
  if (typeof left === 'string' && typeof right === 'string') return left + right;
  if (typeof left === 'string') return isName(right) ? joinNames(sameName(left, right), right) : undefined;
  if (!isName(left)) return undefined;
  if (typeof right === 'string') return joinNames(left, sameName(right, left));
  return isName(right) && left.column === right.column ? joinNames(left, right) : undefined;
}

/** Names that are this text for every value of the other names' column. */
function sameName(text: string, { column, names, none }: NameValue): NameValue {
  const same = { kind: 'name', column, names: names.map(() => text), unknown: [text] } as const;
  return none === undefined ? same : { ...same, none: text };
}

/** Both names, one after the other. Names of the same column are names of the same values. */
function joinNames(left: NameValue, right: NameValue): NameValue {
  const names = Array.from({ length: Math.min(left.names.length, right.names.length) }, (_, value) => {
    const [before, after] = [left.names[value], right.names[value]];
    return before === undefined || after === undefined ? undefined : before + after;
  });
  const unknown = [
    ...left.unknown.slice(0, -1),
    left.unknown.at(-1)! + right.unknown[0]!,
    ...right.unknown.slice(1),
  ];
  const joined = { kind: 'name', column: left.column, names, unknown } as const;
  if (left.none === undefined || right.none === undefined) return joined;
  return { ...joined, none: left.none + right.none };
}

function isName(segment: TextSegment): segment is NameValue {
  return typeof segment !== 'string' && segment.kind === 'name';
}
