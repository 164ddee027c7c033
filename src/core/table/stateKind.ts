/** States that mean much the same to somebody who looks for trouble share a mark: its shape tells as much as its colour. */
export type StateKind = 'open' | 'listening' | 'opening' | 'closing' | 'ended' | 'none' | 'unknown';

const KINDS: Readonly<Record<string, StateKind>> = {
  ESTABLISHED: 'open',
  LISTEN: 'listening',
  BOUND: 'listening',
  SYN_SENT: 'opening',
  SYN_RECEIVED: 'opening',
  FIN_WAIT_1: 'closing',
  FIN_WAIT_2: 'closing',
  CLOSE_WAIT: 'closing',
  CLOSING: 'closing',
  LAST_ACK: 'closing',
  TIME_WAIT: 'ended',
  CLOSED: 'ended',
  DELETE_TCB: 'ended',
};

/** Null: the protocol has no states. */
export function stateKind(stateName: string | null): StateKind {
  if (stateName === null) return 'none';
  return (Object.hasOwn(KINDS, stateName) ? KINDS[stateName] : undefined) ?? 'unknown';
}
