import type { Decoder } from 'tcpscope';
import { BASIC_KINDS, makeTable, type BasicKind } from './kinds.js';
import { permuteRows } from './tableBytes.js';

export const KINDS = [
  ...BASIC_KINDS,
  'sorted-busy',
  'sorted-client',
  'sorted-random',
  'reverse-busy',
] as const;
export type Kind = (typeof KINDS)[number];

/** A table of any kind. Sorted ones are made with the library; that they are sorted is what the peers check. */
export function makeKind(decoder: Decoder, kind: Kind, rows: number, seed: number): Uint8Array {
  const [arrangement, base] = kind.split('-') as [string, BasicKind?];
  if (base === undefined) return makeTable(kind as BasicKind, rows, seed);
  const bytes = makeTable(base, rows, seed);
  const sorted = sortRows(decoder, bytes);
  if (arrangement === 'sorted') return sorted;
  const last = rows - 1;
  return permuteRows(
    sorted,
    new Uint32Array(rows).map((_, place) => last - place),
  );
}

/** The rows in the documented order, as a capture with order asks for them. */
export function sortRows(decoder: Decoder, bytes: Uint8Array): Uint8Array {
  using table = decoder.decode(bytes, 'tcp2');
  return permuteRows(bytes, table.order());
}
