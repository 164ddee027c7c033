/** Bytes of a file: from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The part of a file that a Range header asks for (RFC 9110, section 14.1.2). All of it without a header, or with one of several
 * ranges, which may be ignored; undefined for one that the file does not have.
 */
export function parseByteRange(header: string | undefined, size: number): ByteRange | 'all' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || match[0] === 'bytes=-') return 'all';
  const [, first = '', last = ''] = match;
  if (first === '') {
    const length = Math.min(size, Number(last));
    return length === 0 ? undefined : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(size, Number(last) + 1);
  if (last !== '' && Number(last) < start) return 'all';
  return start < size ? { start, end } : undefined;
}
