import type { Engine } from '../engine/engine.js';
import type { Columns } from '../table/columns.js';
import { PROTOCOL_NUMBERS } from '../table/fields.js';
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

const OFFLOAD_RANGE = OFFLOAD_STATES.length;
/** Words before the counters of states (assembly/traits.ts). */
const HEAD_WORDS = 4;

/** Reads the traits of rows that stand side by side. Borrows from the engine: valid until it allocates. */
export class TraitReader {
  readonly #engine: Engine;
  readonly #columns: Columns;
  /** What the engine writes. */
  readonly #written: Uint32Array;
  /** The part of it that has a counter for each state. */
  readonly #counts: Uint32Array;
  /** States that have a counter and no name. */
  readonly #unnamed: readonly number[];
  readonly #states: Uint32Array;
  readonly #locals: Uint32Array;
  /** What there is only where rows can be anything but TCP over IPv4. */
  readonly #wide: { readonly protocols: Uint32Array; readonly locals: readonly Uint32Array[] } | undefined;

  constructor({ engine, columns }: TableData) {
    this.#engine = engine;
    this.#columns = columns;
    const [address, range] = engine.run((kernels) => [kernels.traitsAddress(), kernels.TRAITS_STATES]);
    this.#written = engine.borrowU32(address, HEAD_WORDS + range);
    this.#counts = this.#written.subarray(HEAD_WORDS);
    this.#unnamed = Array.from({ length: range }, (_, state) => state).filter(
      (state) => !STATES.includes(state),
    );
    this.#states = columns.borrow('state');
    this.#locals = columns.borrow('local');
    this.#wide = columns.isWide
      ? {
          protocols: columns.borrow('protocol'),
          locals: (['local0', 'local1', 'local2'] as const).map((field) => columns.borrow(field)),
        }
      : undefined;
  }

  /** The traits, of which the states are lent until the next call. */
  read(firstRow: number, rows: number): Traits {
    const columns = this.#columns;
    const states = columns.address('state', firstRow);
    const offloads = columns.address('offload', firstRow);
    const locals = columns.address('local', firstRow);
    const remotes = columns.address('remote', firstRow);
    this.#engine.run((kernels) =>
      kernels.readTraits(states, offloads, locals, remotes, rows, OFFLOAD_RANGE, columns.isWide),
    );
    const written = this.#written;
    const [unnamedStates, unnamedOffloads, zeros, mostToOneRemote] = [
      written[0]!,
      written[1]!,
      written[2]!,
      written[3]!,
    ];
    const counts = this.#counts;
    return {
      rowCount: rows,
      states: counts,
      hasUnknownValues:
        unnamedStates + unnamedOffloads > 0 || this.#unnamed.some((state) => counts[state]! > 0),
      isOpenToAll: zeros > 0 && this.#isAnyOpen(firstRow, firstRow + rows),
      mostToOneRemote,
    };
  }

  #isAnyOpen(first: number, end: number): boolean {
    for (let row = first; row < end; row++) if (this.#locals[row] === 0 && this.#isOpen(row)) return true;
    return false;
  }

  /** Of a row whose local address ends with zeros. */
  #isOpen(row: number): boolean {
    const isListener = this.#states[row] === STATE_LISTEN;
    if (this.#wide === undefined) return isListener;
    const { protocols, locals } = this.#wide;
    const isConnection = protocols[row] === PROTOCOL_NUMBERS.TCP && !isListener;
    return !isConnection && locals.every((word) => word[row] === 0);
  }
}
