import type { Snapshot } from '../snapshot.js';
import type { SnapshotInCheck } from './storedSnapshot.js';

/** A snapshot, found right, or why it cannot be had. */
export type ReadSnapshot = { readonly snapshot: Snapshot } | { readonly error: unknown };

/**
 * Snapshots 0 to `count` − 1: the next one is restored while the digests of one are computed. Why one cannot be read is told when it is its turn.
 *
 * @param begin is asked for one after another; what it lends has to last until it is asked for the one behind the next
 * @returns snapshots that are lent until the next one is asked for
 */
export async function* inOrder(
  count: number,
  begin: (number: number) => Promise<SnapshotInCheck>,
): AsyncGenerator<ReadSnapshot, void> {
  let next = attempt(begin, 0);
  for (let number = 0; number < count; number++) {
    const begun = await next;
    if (number + 1 < count) next = attempt(begin, number + 1);
    yield 'error' in begun ? begun : await checked(begun);
  }
}

async function attempt(
  begin: (number: number) => Promise<SnapshotInCheck>,
  number: number,
): Promise<SnapshotInCheck | { readonly error: unknown }> {
  try {
    return await begin(number);
  } catch (error) {
    return { error };
  }
}

async function checked({ snapshot, checked: check }: SnapshotInCheck): Promise<ReadSnapshot> {
  try {
    await check;
    return { snapshot };
  } catch (error) {
    return { error };
  }
}
