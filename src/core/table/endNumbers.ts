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
 * Numbers the addresses in rows of two tables, with protocol, family and scope id: what is the same in both has the same number, and
 * numbers have the order of what they stand for. Those of remote ends are above 0.
 */
export function withEndNumbers<Result>(
  engine: Engine,
  a: ListedSide,
  b: ListedSide,
  use: (a: EndNumbers, b: EndNumbers) => Result,
): Result {
  return withNumbers(engine, a, b, 'local', (localA, localB) =>
    withNumbers(engine, a, b, 'remote', (remoteA, remoteB) =>
      use({ local: localA, remote: remoteA }, { local: localB, remote: remoteB }),
    ),
  );
}

type ListedSide = readonly [side: Side, list: RowList];

/** Local and remote ends are numbered apart: mostly there are few of one kind, and numbers of few are made in less time. */
function withNumbers<Result>(
  engine: Engine,
  a: ListedSide,
  b: ListedSide,
  field: AddressField,
  use: (a: number, b: number) => Result,
): Result {
  const [bytesA, bytesB] = [a[1].count * 4, b[1].count * 4];
  const rows = a[1].count + b[1].count;
  const bytes = rows * 4 + SLACK_BYTES;
  const fields = KEYS[field].map((key) => (columnOf(a[0], key) === undefined ? undefined : key));
  const blocks = fields.map((key) => (key === undefined ? 0 : bytes));
  return engine.withBlocks([bytes, ...blocks], ([numbers, ...lent]) => {
    const columns = fields.map((key, i) => {
      if (key === undefined) return 0;
      gatherBoth(engine, a, b, key, lent[i]!);
      return lent[i]!;
    });
    const varying = columns.filter((column) => column !== 0);
    // The only column has the order of addresses itself.
    if (field === 'local' && varying.length === 1) return use(varying[0]!, varying[0]! + bytesA);
    const [protocol, family, ...address] = columns as [number, number, ...number[]];
    withDistinctWords(engine, [joinKinds(engine, protocol, family, rows), ...address], rows, (distinct) => {
      engine.bytes.copyWithin(numbers!, distinct.numbers, distinct.numbers + bytesA + bytesB);
    });
    return use(numbers!, numbers! + bytesA);
  });
}

/** Writes a column's values in the listed rows of one table, and behind them in those of the other. */
function gatherBoth(engine: Engine, a: ListedSide, b: ListedSide, key: StoredField, to: number): void {
  engine.run((kernels) => {
    let at = to;
    for (const [side, { address, count }] of [a, b]) {
      kernels.gatherValues(address, count, columnOf(side, key)!, 4, 0, at);
      at += count * 4;
    }
  });
}

/** Protocol and family as one number, in the order of both, in the place of one of them. Returns where that is; 0 where neither varies. */
function joinKinds(engine: Engine, protocol: number, family: number, rows: number): number {
  if (protocol === 0 || family === 0) return protocol || family;
  const protocols = engine.borrowU32(protocol, rows);
  const families = engine.borrowU32(family, rows);
  for (let row = 0; row < rows; row++) families[row] = protocols[row]! * 256 + families[row]!;
  return family;
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
