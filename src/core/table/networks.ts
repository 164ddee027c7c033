import { formatIPv6, prefixMask } from './address.js';
import type { Count } from './count.js';
import type { CountedRows } from './countGroups.js';
import { ADDRESS_COLUMNS, FAMILY_NUMBERS, type AddressField } from './fields.js';
import { orderByColumns } from './orderByColumns.js';
import { haveAllRemotes } from './remoteEnds.js';
import type { TableData } from './tableData.js';

const WORD_BITS = 32;
/** What the kernel counts is two words. */
export const MOST_NETWORK_BITS = 64;
/** Kernels read and write 16 values at a time, so up to 15 of four bytes behind the last one. */
const SLACK_BYTES = 64;

/** The two words that a network is told by, and the bits of each that count; of a word that is the same in all rows, its value. */
interface NetworkWords {
  readonly columns: readonly [number, number];
  readonly masks: readonly [number, number];
  readonly constants: readonly [number, number];
}

/**
 * Counts rows by the first `bits` bits of their addresses, without numbering these first. Undefined where that cannot be done: where rows
 * are not all of IPv6, or where addresses were made to fall together in a hash table.
 */
export function countNetworks(
  data: TableData,
  field: AddressField,
  bits: number,
  rows: CountedRows,
  limit: number,
): Count[] | undefined {
  const { engine } = data;
  const words = networkWords(data, field, bits);
  if (words === undefined) return undefined;
  const listBytes = rows.count * 4 + SLACK_BYTES;
  return engine.withBlocks([listBytes, listBytes, listBytes], ([firsts, seconds, counts]) => {
    const [networksBytes, tooMany] = engine.run(
      (kernels) => [kernels.NETWORKS_BYTES, kernels.TOO_MANY_NETWORKS >>> 0] as const,
    );
    const groups = engine.withBlocks([networksBytes, rows.count * 8], ([networks, scratch]) => {
      const list = [...words.columns, ...words.masks, rows.address, rows.count, firsts!, seconds!, counts!];
      engine.words.set(list, networks! / 4);
      return engine.run((kernels) => kernels.countNetworks(networks!, scratch!) >>> 0);
    });
    if (groups === tooMany) return undefined;
    const listed = mostFrequent(data, [firsts!, seconds!, counts!], groups, limit);
    return listed.map(([first, second, count]) => {
      const network = [first | words.constants[0], second | words.constants[1], 0, 0] as const;
      return { value: `${formatIPv6([network[0] >>> 0, network[1] >>> 0, 0, 0])}/${bits}`, count };
    });
  });
}

function networkWords(data: TableData, field: AddressField, bits: number): NetworkWords | undefined {
  const { columns } = data;
  if (!columns.isWide || bits > MOST_NETWORK_BITS) return undefined;
  if (columns.constantOf('family') !== FAMILY_NUMBERS.IPv6) return undefined;
  if (field === 'remote' && !haveAllRemotes(data)) return undefined;
  const [first, second] = ADDRESS_COLUMNS[field].words;
  const values = [columns.constantOf(first), columns.constantOf(second)] as const;
  // A word that is the same in all rows needs not even be written.
  const varying = values[0] === undefined ? first : second;
  if (values[0] !== undefined && values[1] !== undefined) return undefined;
  const masks = [prefixMask(bits), prefixMask(bits - WORD_BITS)] as const;
  return {
    columns: [columns.address(varying), columns.address(values[1] === undefined ? second : varying)],
    masks: [values[0] === undefined ? masks[0] : 0, values[1] === undefined ? masks[1] : 0],
    constants: [(values[0] ?? 0) & masks[0], (values[1] ?? 0) & masks[1]],
  };
}

/** The words and counts of the most frequent groups; of equally frequent ones, the lowest first. */
function mostFrequent(
  { engine }: TableData,
  columns: readonly [number, number, number],
  groups: number,
  limit: number,
): (readonly [first: number, second: number, count: number])[] {
  const wanted = Math.min(limit, groups);
  const bytes = (groups + 1) * 4;
  return engine.withBlocks([bytes, bytes], ([candidates, scratch]) => {
    const found = engine.run((kernels) =>
      kernels.orderByCount(columns[2], groups, wanted, candidates!, scratch!),
    );
    const foundBytes = found * 4 + SLACK_BYTES;
    return engine.withBlocks([foundBytes, foundBytes, foundBytes, foundBytes], (blocks) => {
      const [firsts, seconds, counts, order] = blocks as [number, number, number, number];
      engine.run((kernels) => {
        for (const [i, column] of columns.entries()) {
          kernels.gatherValues(candidates!, found, column, 4, 0, blocks[i]!);
        }
      });
      const keys = [counts, firsts, seconds].map((address) => ({
        address,
        valueBytes: 4,
        descending: address === counts,
      }));
      orderByColumns(engine, keys, found, order);
      const lists = [firsts, seconds, counts].map((address) => engine.borrowU32(address, found));
      return Array.from(engine.borrowU32(order, wanted), (group) => {
        const [first, second, count] = lists.map((list) => list[group]!) as [number, number, number];
        return [first, second, count] as const;
      });
    });
  });
}
