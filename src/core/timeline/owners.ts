/** A process that owned a connection. */
export interface Owner {
  readonly pid: number;
  /** Its name when it was first seen with a connection; null where the snapshot does not tell. */
  readonly process: string | null;
}

/** Numbers owners: pids with the names that they had, since a pid may be another process's later. */
export class Owners {
  readonly list: Owner[] = [];
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
