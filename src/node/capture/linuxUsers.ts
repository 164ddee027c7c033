import { readFileSync } from 'node:fs';
import { askProgram } from './askProgram.js';

/** Directories of users can be on other machines, and those can be slow. */
const TIME_LIMIT_MILLISECONDS = 1000;

export interface UserNames {
  readonly names: ReadonlyMap<string, string>;
  /** Why some names were not found out, where it was for more than that nobody has them. */
  readonly reason?: string;
}

/** What is known of users, from one lookup to the next. */
export class KnownUsers {
  /** undefined: nobody has that uid. */
  readonly #names = new Map<string, string | undefined>();

  /** The names of these uids: from /etc/passwd, and what it has not from the system's other directories (getent), for a limited time. */
  async lookUp(uids: ReadonlySet<string>): Promise<UserNames> {
    const isUnknown = (uid: string): boolean => !this.#names.has(uid);
    let reason: string | undefined;
    if ([...uids].some(isUnknown)) this.#take(readPasswd(), uids);
    const unknown = [...uids].filter(isUnknown);
    if (unknown.length > 0) {
      const { text, failure } = await askProgram('getent', ['passwd', ...unknown], TIME_LIMIT_MILLISECONDS);
      this.#take(text, uids);
      // It fails too where it does not know all of them.
      reason = failure?.isLate ? failure.reason : undefined;
      // Who was not found in time is asked for again.
      if (reason === undefined) for (const uid of unknown.filter(isUnknown)) this.#names.set(uid, undefined);
    }
    const names = new Map<string, string>();
    for (const uid of uids) {
      const name = this.#names.get(uid);
      if (name !== undefined) names.set(uid, name);
    }
    return { names, ...(reason !== undefined && { reason }) };
  }

  #take(passwd: string, uids: ReadonlySet<string>): void {
    for (const line of passwd.split('\n')) {
      const [name, , uid] = line.split(':');
      if (name && uid !== undefined && uids.has(uid) && !this.#names.has(uid)) this.#names.set(uid, name);
    }
  }
}

/** Empty on a system that has its users elsewhere. */
function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
