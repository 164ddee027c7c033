/** What assembly/index.ts exports. Addresses and row counts are u32, which JavaScript passes as numbers; constants are i32. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  readonly WINDOW_BYTES: number;
  windowAddress(): number;
  planAddress(): number;
  upperHalvesAddress(): number;
  readUpperHalves(offset: number, count: number, rowBytes: number): number;
  decodeWindow(count: number, rowBytes: number, groups: number, firstRow: number): void;
  readonly PLAN_WORDS: number;
  seenAddress(): number;
  decodeVarying(count: number, rowBytes: number, groups: number, firstRow: number, isFirst: boolean): number;
  checksum(bytes: number, length: number, before: number): number;
  readonly INFLATE_SLACK_BYTES: number;
  inflate(from: number, length: number, to: number, room: number): number;
  hashBlocks(state: number, blocks: number, count: number): void;
  readonly SELECT_RANGE_U32: number;
  readonly SELECT_RANGE_U16: number;
  readonly SELECT_RANGE_U8: number;
  readonly SELECT_LOOKUP: number;
  readonly SELECT_CONSTANT: number;
  readonly SELECT_AND: number;
  readonly SELECT_OR: number;
  readonly SELECT_NOT: number;
  readonly SELECT_SKIP: number;
  readonly SELECT_LEVEL_BYTES: number;
  selectRows(program: number, operations: number, rows: number, stack: number, selected: number): number;
  markRows(program: number, operations: number, rows: number, marks: number): void;
  listMarked(marks: number, rows: number, marked: number): number;
  writeSmallValues(column: number, rows: number, bytes: number): void;
  readonly TEXT_NONE: number;
  readonly TEXT_ADDRESS: number;
  readonly TEXT_ANY_ADDRESS: number;
  readonly TEXT_TIME: number;
  readonly TEXT_NUMBER_OR_NONE: number;
  readonly TEXT_NUMBER_U16: number;
  readonly TEXT_NUMBER_U32: number;
  readonly TEXT_NAME: number;
  readonly TEXT_PART_BYTES: number;
  readonly TEXT_SLACK_BYTES: number;
  readonly TEXT_BLOCK_ROWS: number;
  measureRows(program: number, gathered: number, rows: number, first: number, count: number): number;
  formatRows(
    program: number,
    gathered: number,
    rows: number,
    first: number,
    count: number,
    text: number,
    limit: number,
  ): number;
  gatherValues(
    selected: number,
    rows: number,
    column: number,
    bytes: number,
    shift: number,
    values: number,
  ): void;
  valueRange(values: number, rows: number, range: number): void;
  joinValues(
    first: number,
    firstLow: number,
    second: number,
    secondLow: number,
    secondRange: number,
    rows: number,
  ): void;
  readonly COUNTER_SETS: number;
  countDirectly(
    values: number,
    rows: number,
    shift: number,
    low: number,
    range: number,
    counters: number,
  ): void;
  listCounted(counters: number, low: number, range: number, values: number, counts: number): number;
  readonly MOST_HASHED: number;
  readonly TOO_MANY_VALUES: number;
  countHashed(from: number, rows: number, shift: number, values: number, counts: number): number;
  readonly MOST_BUCKETED: number;
  countBucketed(
    from: number,
    rows: number,
    shift: number,
    low: number,
    range: number,
    lowers: number,
    values: number,
    counts: number,
  ): number;
  sortValues(values: number, rows: number, low: number, high: number, scratch: number): number;
  countSorted(sorted: number, rows: number, values: number, counts: number): number;
  readonly ADDRESS_BYTES: number;
  readonly ADDRESS_COLUMNS_BYTES: number;
  readonly TOO_MANY_ADDRESSES: number;
  numberAddresses(
    columns: number,
    rows: number,
    slots: number,
    slotBits: number,
    limit: number,
    addresses: number,
    numbers: number,
    members: number,
  ): number;
  replaceNumbers(numbers: number, rows: number, table: number): void;
  numberDistinct(
    columns: number,
    count: number,
    order: number,
    rows: number,
    numbers: number,
    members: number,
  ): number;
  readonly LISTED_BYTES: number;
  splitRows(list: number, count: number, column: number, value: number, same: number, others: number): number;
  tallyValues(list: number, count: number, column: number, range: number, counters: number): number;
  tallyShorts(list: number, count: number, column: number, counters: number): void;
  addPorts(list: number, count: number, totals: number): void;
  logAddresses(
    list: number,
    count: number,
    columns: number,
    words: number,
    seed: number,
    entries: number,
  ): number;
  partitionEntries(
    entries: number,
    count: number,
    words: number,
    seed: number,
    bits: number,
    partitions: number,
    ends: number,
    sorted: number,
  ): void;
  mergeEntries(
    sorted: number,
    words: number,
    seed: number,
    bits: number,
    ends: number,
    table: number,
    list: number,
  ): number;
  readonly OWNER_LIST_BYTES: number;
  readonly OWNED_BYTES: number;
  readonly JOINED_BYTES: number;
  joinEntries(
    lists: number,
    locals: number,
    remotes: number,
    partitions: number,
    words: number,
    seed: number,
    least: number,
    table: number,
    owned: number,
    joined: number,
    remoteList: number,
    linkList: number,
  ): void;
  maskWord(column: number, family: number, rows: number, mask4: number, mask6: number, masked: number): void;
  readonly NETWORKS_BYTES: number;
  readonly TOO_MANY_NETWORKS: number;
  countNetworks(networks: number, scratch: number): number;
  orderByCount(counts: number, groups: number, limit: number, order: number, scratch: number): number;
  readonly DIFF_SIDE_BYTES: number;
  readonly DIFF_SORTED_BYTES: number;
  readonly DIFF_CHANGES_BYTES: number;
  readonly DIFF_GAVE_UP: number;
  findUnpaired(before: number, after: number, listBefore: number, listAfter: number): number;
  markKeys(side: number, list: number, count: number, filter: number, bits: number): void;
  addCompanions(
    before: number,
    after: number,
    listBefore: number,
    countBefore: number,
    listAfter: number,
    countAfter: number,
    filter: number,
    bits: number,
    allBefore: number,
    allAfter: number,
  ): number;
  gatherRows(from: number, list: number, count: number, to: number): void;
  mergeSorted(before: number, after: number, changes: number): void;
  isInKeyOrder(side: number): number;
  mergeInOrder(before: number, after: number, changes: number): number;
  fillOwners(owners: number, count: number, slots: number, slotBits: number): void;
  lookUpOwners(pids: number, rows: number, slots: number, slotBits: number, processes: number): void;
  checkProcesses(list: number, bytes: number, result: number): number;
  nameProcesses(
    list: number,
    processes: number,
    count: number,
    owners: number,
    names: number,
    known: number,
    slots: number,
    slotBits: number,
    seed: number,
  ): number;
  readonly TRAITS_STATES: number;
  traitsAddress(): number;
  readTraits(
    states: number,
    offloads: number,
    locals: number,
    remotes: number,
    rows: number,
    offloadRange: number,
    isWide: boolean,
  ): void;
  /** Where rows are sampled depends on it. */
  seedSamples(secret: number): void;
  readonly KEY_BYTES: number;
  orderScratchBytes(rows: number, mayBeWide: boolean): number;
  firstRoom(rows: number): number;
  listFirst(keys: number, count: number, rows: number, wanted: number, list: number): number;
  orderRows(
    keys: number,
    keyCount: number,
    rows: number,
    order: number,
    scratch: number,
    mayBeWide: boolean,
  ): void;
}

/**
 * The exports with constants as numbers: to read the value of a WebAssembly.Global takes as long as decoding fifty rows. Made at once, since V8
 * looks up in a hash table what an object has that was given one property after the other.
 */
export function kernelsOf(exports: WebAssembly.Exports): Kernels {
  const entries: [string, unknown][] = Object.entries(exports);
  for (const entry of entries) if (entry[1] instanceof WebAssembly.Global) entry[1] = entry[1].value;
  return Object.fromEntries(entries) as unknown as Kernels;
}
