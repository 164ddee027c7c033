// The module's exports. It imports nothing, allocates nothing and keeps no state between calls: every address it works
// on belongs to the caller (src/core/engine/engine.ts), who has checked that the bytes behind it are there.
export { PLAN_WORDS, WINDOW_BYTES, planAddress, windowAddress } from './decode/plan';
export { readUpperHalves, upperHalvesAddress } from './decode/upperHalves';
export { decodeVarying, seenAddress } from './decode/varying';
export { decodeWindow } from './decode/window';
export { checksum } from './file/crc32';
export { INFLATE_SLACK_BYTES, inflate } from './file/inflate';
export { hashBlocks } from './file/sha256';
export {
  SELECT_AND,
  SELECT_CONSTANT,
  SELECT_LEVEL_BYTES,
  SELECT_LOOKUP,
  SELECT_NOT,
  SELECT_OR,
  SELECT_RANGE_U16,
  SELECT_RANGE_U32,
  SELECT_RANGE_U8,
  SELECT_SKIP,
  listMarked,
  markRows,
  selectRows,
  writeSmallValues,
} from './select';
export {
  ADDRESS_BYTES,
  ADDRESS_COLUMNS_BYTES,
  TOO_MANY_ADDRESSES,
  numberAddresses,
  replaceNumbers,
} from './count/addresses';
export { logAddresses, mergeEntries, partitionEntries } from './count/addressLog';
export { JOINED_BYTES, OWNED_BYTES, OWNER_LIST_BYTES, joinEntries } from './count/addressOwners';
export { MOST_BUCKETED, countBucketed } from './count/bucketed';
export { COUNTER_SETS, countDirectly, listCounted } from './count/direct';
export { numberDistinct } from './count/distinct';
export { orderByCount } from './count/frequent';
export { MOST_HASHED, TOO_MANY_VALUES, countHashed } from './count/hashed';
export { NETWORKS_BYTES, TOO_MANY_NETWORKS, countNetworks } from './count/networks';
export { LISTED_BYTES, addPorts, splitRows, tallyShorts, tallyValues } from './count/rowLists';
export { countSorted, sortValues } from './count/sorted';
export { gatherValues, joinValues, maskWord, valueRange } from './count/values';
export { addCompanions, markKeys } from './diff/companions';
export { gatherRows } from './diff/gather';
export { isInKeyOrder, mergeInOrder } from './diff/inOrder';
export { DIFF_CHANGES_BYTES, DIFF_SORTED_BYTES, mergeSorted } from './diff/merge';
export { DIFF_SIDE_BYTES } from './diff/side';
export { DIFF_GAVE_UP, findUnpaired } from './diff/walk';
export { fillOwners, lookUpOwners } from './owners';
export { checkProcesses, nameProcesses } from './processes';
export { firstRoom, listFirst } from './order/first';
export { KEY_BYTES } from './order/keys';
export { orderRows, orderScratchBytes } from './order/order';
export { seedSamples } from './order/sample';
export { formatRows } from './text/format';
export { measureRows } from './text/measure';
export {
  TEXT_ADDRESS,
  TEXT_ANY_ADDRESS,
  TEXT_BLOCK_ROWS,
  TEXT_NAME,
  TEXT_NONE,
  TEXT_NUMBER_OR_NONE,
  TEXT_NUMBER_U16,
  TEXT_NUMBER_U32,
  TEXT_PART_BYTES,
  TEXT_SLACK_BYTES,
  TEXT_TIME,
} from './text/program';
export { TRAITS_STATES, readTraits, traitsAddress } from './traits';

/** The first address that the caller may use. */
export function heapBase(): usize {
  return __heap_base;
}
