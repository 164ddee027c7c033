import type { Engine } from '../engine/engine.js';
import { SIDE_FIELDS, type Side } from './diffSides.js';
import { withDistinctWords } from './distinctAddresses.js';
import { ADDRESS_COLUMNS, type AddressField, type StoredField } from './fields.js';

/** Kernels read 16 values at a time, so up to 15 of four bytes behind the last one; gathering writes as many. */
const SLACK_BYTES = 64;

/** Row numbers in the engine's memory. */
export interface RowList {
  readonly address: number;
  readonly count: number;
}

/** Where the numbers of local and remote addresses stand, a u32 for each row of a list. */
export interface EndNumbers {
  readonly local: number;
  readonly remote: number;
}

/**
 * Numbers the addresses in rows of two tables, with protocol, family and scope id: what is the same in both has the same number, above
 * 0, and numbers have the order of what they stand for.
 */
export function withEndNumbers<Result>(
  engine: Engine,
  [a, listA]: readonly [Side, RowList],
  [b, listB]: readonly [Side, RowList],
  use: (a: EndNumbers, b: EndNumbers) => Result,
): Result {
  const parts = [
    { side: a, list: listA, field: 'local' },
    { side: a, list: listA, field: 'remote' },
    { side: b, list: listB, field: 'local' },
    { side: b, list: listB, field: 'remote' },
  ] as const;
  const rows = 2 * (listA.count + listB.count);
  const bytes = rows * 4 + SLACK_BYTES;
  return engine.withBlocks([bytes, bytes], ([numbers, kinds]) => {
    engine.withBlocks(
      KEYS.local.map(() => bytes),
      (blocks) => {
        let at = 0;
        for (const { side, list, field } of parts) {
          for (const [i, key] of KEYS[field].entries()) {
            const column = columnOf(side, key);
            if (column === undefined) engine.borrowU32(blocks[i]! + at, list.count).fill(0);
            else {
              engine.run((kernels) => {
                kernels.gatherValues(list.address, list.count, column, 4, 0, blocks[i]! + at);
              });
            }
          }
          at += list.count * 4;
        }
        const [protocol, family, ...address] = blocks as [number, number, ...number[]];
        joinKinds(engine, protocol, family, rows, kinds!);
        withDistinctWords(engine, [kinds!, ...address], rows, (distinct) => {
          engine.bytes.copyWithin(numbers!, distinct.numbers, distinct.numbers + rows * 4);
        });
      },
    );
    const [bytesA, bytesB] = [listA.count * 4, listB.count * 4];
    const ofB = numbers! + 2 * bytesA;
    return use({ local: numbers!, remote: numbers! + bytesA }, { local: ofB, remote: ofB + bytesB });
  });
}

/** Protocol and family as one number, in the order of both. */
function joinKinds(engine: Engine, protocol: number, family: number, rows: number, kinds: number): void {
  const [protocols, families, joined] = [protocol, family, kinds].map((at) => engine.borrowU32(at, rows)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  for (let row = 0; row < rows; row++) joined[row] = protocols[row]! * 256 + families[row]!;
}

/** What tells addresses apart, the most significant first: protocol, family, words, scope id. */
const KEYS: Readonly<Record<AddressField, readonly StoredField[]>> = {
  local: keysOf('local'),
  remote: keysOf('remote'),
};

function keysOf(field: AddressField): readonly StoredField[] {
  const { words, scope } = ADDRESS_COLUMNS[field];
  return ['protocol', 'family', ...words, scope];
}

/** The address of a side's column; undefined where it is the same in all rows of both sides. */
function columnOf({ addresses, furtherFields, further }: Side, field: StoredField): number | undefined {
  const place = SIDE_FIELDS.findIndex((name) => name === field);
  return place >= 0 ? addresses[place]! : further[furtherFields.findIndex((name) => name === field)];
}
