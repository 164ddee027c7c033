import type { Timeline } from './timelineData.js';

/** A process that owned a connection. */
export interface TimelineOwner {
  readonly pid: number;
  /** Its name when it was first seen with a connection; null where the snapshot does not tell. */
  readonly process: string | null;
}

/** Numbers owners: pids with the names that they had, since a pid may be another process's later. */
export class Owners {
  readonly list: TimelineOwner[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(pid: number, process: string | null): number {
    const key = `${pid} ${process ?? ''}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push({ pid, process }) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** The process of a connection's first owner; null where none is known. */
export function firstProcess(
  { connections, owners }: Pick<Timeline, 'connections' | 'owners'>,
  connection: number,
): string | null {
  const { starts, owner } = connections.owners;
  const first = starts[connection]!;
  return first < starts[connection + 1]! ? owners[owner[first]!]!.process : null;
}
