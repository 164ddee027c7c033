/** What assembly/index.ts exports. Addresses and row counts are u32, which JavaScript passes as numbers. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  readonly WINDOW_BYTES: WebAssembly.Global<'i32'>;
  windowAddress(): number;
  planAddress(): number;
  decodeWindow(count: number, rowBytes: number, groups: number, firstRow: number): void;
  readonly SELECT_RANGE_U32: WebAssembly.Global<'i32'>;
  readonly SELECT_RANGE_U16: WebAssembly.Global<'i32'>;
  readonly SELECT_LOOKUP: WebAssembly.Global<'i32'>;
  readonly SELECT_CONSTANT: WebAssembly.Global<'i32'>;
  readonly SELECT_AND: WebAssembly.Global<'i32'>;
  readonly SELECT_OR: WebAssembly.Global<'i32'>;
  readonly SELECT_NOT: WebAssembly.Global<'i32'>;
  readonly SELECT_LEVEL_BYTES: WebAssembly.Global<'i32'>;
  selectRows(program: number, operations: number, rows: number, stack: number, selected: number): number;
  readonly TEXT_NONE: WebAssembly.Global<'i32'>;
  readonly TEXT_ADDRESS: WebAssembly.Global<'i32'>;
  readonly TEXT_ANY_ADDRESS: WebAssembly.Global<'i32'>;
  readonly TEXT_TIME: WebAssembly.Global<'i32'>;
  readonly TEXT_NUMBER_OR_NONE: WebAssembly.Global<'i32'>;
  readonly TEXT_NUMBER_U16: WebAssembly.Global<'i32'>;
  readonly TEXT_NUMBER_U32: WebAssembly.Global<'i32'>;
  readonly TEXT_NAME: WebAssembly.Global<'i32'>;
  readonly TEXT_PART_BYTES: WebAssembly.Global<'i32'>;
  readonly TEXT_SLACK_BYTES: WebAssembly.Global<'i32'>;
  readonly TEXT_BLOCK_ROWS: WebAssembly.Global<'i32'>;
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
  readonly COUNTER_SETS: WebAssembly.Global<'i32'>;
  countDirectly(values: number, rows: number, low: number, range: number, counters: number): void;
  listCounted(counters: number, low: number, range: number, values: number, counts: number): number;
  readonly MOST_HASHED: WebAssembly.Global<'i32'>;
  readonly TOO_MANY_VALUES: WebAssembly.Global<'i32'>;
  countHashed(from: number, rows: number, values: number, counts: number): number;
  sortValues(values: number, rows: number, low: number, high: number, scratch: number): number;
  countSorted(sorted: number, rows: number, values: number, counts: number): number;
  readonly ADDRESS_BYTES: WebAssembly.Global<'i32'>;
  readonly ADDRESS_COLUMNS_BYTES: WebAssembly.Global<'i32'>;
  readonly TOO_MANY_ADDRESSES: WebAssembly.Global<'i32'>;
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
  maskWord(column: number, family: number, rows: number, mask4: number, mask6: number, masked: number): void;
  orderByCount(counts: number, groups: number, limit: number, order: number, scratch: number): number;
  readonly DIFF_SIDE_BYTES: WebAssembly.Global<'i32'>;
  readonly DIFF_SORTED_BYTES: WebAssembly.Global<'i32'>;
  readonly DIFF_CHANGES_BYTES: WebAssembly.Global<'i32'>;
  readonly DIFF_GAVE_UP: WebAssembly.Global<'i32'>;
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
  readonly OWNER_HASH: WebAssembly.Global<'i32'>;
  lookUpOwners(pids: number, rows: number, slots: number, slotBits: number, processes: number): void;
  readonly KEY_BYTES: WebAssembly.Global<'i32'>;
  orderScratchBytes(rows: number): number;
  orderRows(keys: number, keyCount: number, rows: number, order: number, scratch: number): void;
}
