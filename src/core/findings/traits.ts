import { NO_VALUE, PROTOCOL_NUMBERS } from '../table/fields.js';
import { OFFLOAD_STATES, STATE_LISTEN, STATES } from '../table/names.js';
import type { TableData } from '../table/tableData.js';

/** What rows have in common, as far as rules need it to tell at once that they will find nothing. One pass over the columns gives all of it. */
export interface Traits {
  readonly rowCount: number;
  /** Rows in each state that has a name, by its number. */
  readonly states: Uint32Array;
  /** Whether a state or an offload state has a number without a name. */
  readonly hasUnknownValues: boolean;
  /** Whether a listener of TCP, or any socket of UDP, is open on all addresses. */
  readonly isOpenToAll: boolean;
  /** No remote address is that of more rows than these. */
  readonly mostToOneRemote: number;
}

const STATE_RANGE = Math.max(...STATES) + 1;
/** By state: 1 where it has no name. */
const UNKNOWN_STATES = Uint8Array.from({ length: STATE_RANGE }, (_, state) =>
  STATES.includes(state) ? 0 : 1,
);
const OFFLOAD_RANGE = OFFLOAD_STATES.length;
/** Remote addresses are counted together by some bits of a hash: of few rows in all, no one has many where these have not. */
const BUCKET_BITS = 8;

/** Reads the traits of rows that stand side by side. Borrows from the engine: valid until it allocates. */
export class TraitReader {
  readonly #states: Uint32Array;
  readonly #offloads: Uint32Array;
  readonly #remotes: Uint32Array;
  readonly #locals: Uint32Array;
  /** What there is only where rows can be anything but TCP over IPv4. */
  readonly #wide: { readonly protocols: Uint32Array; readonly locals: readonly Uint32Array[] } | undefined;
  readonly #buckets = new Uint32Array(1 << BUCKET_BITS);

  constructor({ columns }: TableData) {
    this.#states = columns.borrow('state');
    this.#offloads = columns.borrow('offload');
    this.#remotes = columns.borrow('remote');
    this.#locals = columns.borrow('local');
    this.#wide = columns.isWide
      ? {
          protocols: columns.borrow('protocol'),
          locals: (['local0', 'local1', 'local2'] as const).map((field) => columns.borrow(field)),
        }
      : undefined;
  }

  read(firstRow: number, rows: number): Traits {
    const [states, offloads, locals, remotes] = [this.#states, this.#offloads, this.#locals, this.#remotes];
    const counts = new Uint32Array(STATE_RANGE);
    const buckets = this.#buckets.fill(0);
    let unknown = 0;
    let isOpenToAll = false;
    for (let row = firstRow; row < firstRow + rows; row++) {
      const state = states[row]!;
      const offload = offloads[row]!;
      if (state < STATE_RANGE) {
        counts[state]!++;
        unknown |= UNKNOWN_STATES[state]!;
      } else if (this.#isValue(state)) unknown = 1;
      if (offload >= OFFLOAD_RANGE && this.#isValue(offload)) unknown = 1;
      // The last word of an address: what is the same in all of it is the same in this.
      buckets[Math.imul(remotes[row]!, 0x9e3779b1) >>> (32 - BUCKET_BITS)]!++;
      if (locals[row] === 0 && this.#isOpen(row, state)) isOpenToAll = true;
    }
    let mostToOneRemote = 0;
    for (let i = 0; i < buckets.length; i++) {
      if (buckets[i]! > mostToOneRemote) mostToOneRemote = buckets[i]!;
    }
    return { rowCount: rows, states: counts, hasUnknownValues: unknown !== 0, isOpenToAll, mostToOneRemote };
  }

  #isValue(value: number): boolean {
    return value !== NO_VALUE || this.#wide === undefined;
  }

  /** Of a row whose local address ends with zeros. */
  #isOpen(row: number, state: number): boolean {
    if (this.#wide === undefined) return state === STATE_LISTEN;
    const { protocols, locals } = this.#wide;
    const isAsking = protocols[row] === PROTOCOL_NUMBERS.TCP && state !== STATE_LISTEN;
    return !isAsking && locals.every((word) => word[row] === 0);
  }
}
