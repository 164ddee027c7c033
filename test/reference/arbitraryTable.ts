import fc from 'fast-check';

/** The bytes of one MIB_TCPROW2 field by field, junk in the upper halves of the ports included. */
const word = fc.oneof(
  fc.constantFrom(0, 1, 4, 0x7fffffff, 0x80000000, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);
const state = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 13 }) },
  { weight: 1, arbitrary: fc.constant(100) },
  { weight: 1, arbitrary: word },
);
const offload = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 4 }) },
  { weight: 1, arbitrary: word },
);
// Few values and many: ties, runs and constant columns come up as often as uniform ones.
const address = fc.oneof(fc.constantFrom(0, 0x0100007f, 0x0200007f, 0xffffffff), word);
const port = fc.oneof(fc.constantFrom(0, 0x5000, 0xbb01, 0xffffbb01), word);

export const rowWords = fc.tuple(state, address, port, address, port, word, offload);

/** Rows as tuples of seven u32, as they stand in memory on a little-endian machine. */
export const tableRows = fc.oneof(
  { weight: 8, arbitrary: fc.array(rowWords, { maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(rowWords, fc.nat(300))
      .map(([row, count]) => Array.from({ length: count }, () => row)),
  },
  { weight: 1, arbitrary: fc.array(rowWords, { minLength: 100, maxLength: 400 }) },
);

/** A raw table: the rows, and any bytes after them. */
export const rawTable = fc
  .tuple(tableRows, fc.uint8Array({ maxLength: 40 }))
  .map(([rows, slack]) => encodeRows(rows, slack));

export function encodeRows(
  rows: readonly (readonly number[])[],
  slack: Uint8Array = new Uint8Array(),
): Uint8Array {
  const bytes = new Uint8Array(4 + 28 * rows.length + slack.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rows.length, true);
  rows.forEach((row, i) =>
    row.forEach((value, field) => view.setUint32(4 + 28 * i + 4 * field, value, true)),
  );
  bytes.set(slack, 4 + 28 * rows.length);
  return bytes;
}
