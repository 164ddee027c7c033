import { NO_VALUE } from '../table/fields.js';
import { STATES, stateName } from '../table/names.js';

/**
 * Rows are counted by state in a fixed number of slots: one for each state that has a name, one for the rows of protocols without states,
 * and one for all other numbers, of which a file may have as many as it likes.
 */
const [NO_STATE, UNKNOWN] = [STATES.length, STATES.length + 1];
export const STATE_SLOTS = STATES.length + 2;

/** What the slots hold, by name: `ESTABLISHED`, …, `UDP`, `UNKNOWN`. */
export const SLOT_NAMES: readonly string[] = [...STATES.map(stateName), 'UDP', 'UNKNOWN'];

const SLOTS: ReadonlyMap<number, number> = new Map([
  ...STATES.map((state, slot) => [state, slot] as const),
  [NO_VALUE, NO_STATE],
]);

export function stateSlot(state: number): number {
  return SLOTS.get(state) ?? UNKNOWN;
}
