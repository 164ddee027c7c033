import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Directories of users can be on other machines, and those can be slow. */
const TIME_LIMIT_MILLISECONDS = 1000;

export interface UserNames {
  readonly names: ReadonlyMap<string, string>;
  /** Why some names were not found out, where it was for more than that nobody has them. */
  readonly reason?: string;
}

/** The names of these uids: from /etc/passwd, and what it has not from the system's other directories (getent), for a limited time. */
export async function lookUpUserNames(uids: ReadonlySet<string>): Promise<UserNames> {
  const names = new Map<string, string>();
  const take = (passwd: string): void => {
    for (const line of passwd.split('\n')) {
      const [name, , uid] = line.split(':');
      if (name && uid !== undefined && uids.has(uid) && !names.has(uid)) names.set(uid, name);
    }
  };
  try {
    take(readFileSync('/etc/passwd', 'utf8'));
  } catch {
    // A system without it has its users elsewhere.
  }
  const unknown = [...uids].filter((uid) => !names.has(uid));
  if (unknown.length === 0) return { names };
  const { output, reason } = await askGetent(unknown);
  take(output);
  return { names, ...(reason !== undefined && { reason }) };
}

function askGetent(uids: readonly string[]): Promise<{ output: string; reason?: string }> {
  return new Promise((resolve) => {
    const options = { timeout: TIME_LIMIT_MILLISECONDS, killSignal: 'SIGKILL', encoding: 'utf8' } as const;
    execFile('getent', ['passwd', ...uids], options, (error, output) => {
      const reason = error?.killed ? `getent did not answer within ${TIME_LIMIT_MILLISECONDS} ms` : undefined;
      resolve({ output, ...(reason !== undefined && { reason }) });
    });
  });
}
