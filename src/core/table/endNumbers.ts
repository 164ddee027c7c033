import type { Engine } from '../engine/engine.js';
import { FURTHER_FIELDS, SIDE_FIELDS, type Side } from './diffSides.js';
import { withDistinct } from './distinct.js';
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
  return engine.withBlocks([bytes], ([numbers]) => {
    engine.withBlocks(
      keysOf('local').map(() => bytes),
      (blocks) => {
        let at = 0;
        for (const { side, list, field } of parts) {
          for (const [i, key] of keysOf(field).entries()) {
            engine.run((kernels) => {
              kernels.gatherValues(list.address, list.count, columnOf(side, key), 4, 0, blocks[i]! + at);
            });
          }
          at += list.count * 4;
        }
        withDistinct(engine, blocks, rows, (distinct) => {
          engine.bytes.copyWithin(numbers!, distinct.numbers, distinct.numbers + rows * 4);
        });
      },
    );
    const [bytesA, bytesB] = [listA.count * 4, listB.count * 4];
    const ofB = numbers! + 2 * bytesA;
    return use({ local: numbers!, remote: numbers! + bytesA }, { local: ofB, remote: ofB + bytesB });
  });
}

/** What tells addresses apart, the most significant first. */
function keysOf(field: AddressField): StoredField[] {
  const { words, scope } = ADDRESS_COLUMNS[field];
  return ['protocol', 'family', ...words, scope];
}

function columnOf({ addresses, further }: Side, field: StoredField): number {
  const place = SIDE_FIELDS.findIndex((name) => name === field);
  return place >= 0 ? addresses[place]! : further[FURTHER_FIELDS.findIndex((name) => name === field)]!;
}
