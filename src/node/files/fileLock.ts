import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isSystemError } from './systemError.js';

/** Who holds a lock. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** Told apart from an earlier holder with the same pid. */
  readonly id: string;
}

/** How often a holder shows that it is there, and how long another machine believes that it is. */
const SIGN_OF_LIFE_MS = 20_000;
const SILENCE_MS = 10 * 60_000;

export class LockedError extends Error {
  constructor({ host, pid }: Holder) {
    super(`it is in use by process ${pid} on ${host}; wait until that has ended`);
  }
}

/** A lock as a file that names its holder. What a program that was killed has left is recognised and taken over. */
export class FileLock {
  readonly #path: string;
  readonly #holder: Holder;
  readonly #signs: NodeJS.Timeout;

  private constructor(path: string, holder: Holder) {
    this.#path = path;
    this.#holder = holder;
    this.#signs = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => {});
    }, SIGN_OF_LIFE_MS).unref();
  }

  /** @throws LockedError where somebody holds it; errors of the file system */
  static async take(path: string): Promise<FileLock> {
    const holder: Holder = { host: hostname(), pid: process.pid, id: crypto.randomUUID() };
    while (!(await create(path, holder))) {
      const text = await readFile(path, 'utf8').catch(whereAbsent(undefined));
      if (text === undefined) continue;
      const other = parseHolder(text);
      if (other !== undefined && (await isAlive(other, path))) throw new LockedError(other);
      await takeAway(path, text);
    }
    return new FileLock(path, holder);
  }

  async release(): Promise<void> {
    clearInterval(this.#signs);
    const text = await readFile(this.#path, 'utf8').catch(whereAbsent(''));
    if (parseHolder(text)?.id === this.#holder.id) await rm(this.#path, { force: true });
  }
}

async function create(path: string, holder: Holder): Promise<boolean> {
  // With its content from the first moment on: an empty lock would look like one that nobody holds.
  const own = `${path}.${holder.id}`;
  const handle = await open(own, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify(holder));
    await handle.close();
    await link(own, path);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** Removes a lock that nobody holds any more, unless somebody else was faster and holds a new one. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${crypto.randomUUID()}`;
  await rename(path, aside).catch(whereAbsent(undefined));
  const taken = await readFile(aside, 'utf8').catch(whereAbsent(text));
  if (taken !== text) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

async function isAlive({ host, pid }: Holder, path: string): Promise<boolean> {
  if (host !== hostname()) {
    const stats = await stat(path).catch(whereAbsent(undefined));
    return stats !== undefined && Date.now() - stats.mtimeMs < SILENCE_MS;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not allowed to signal it: so it is there.
    return isSystemError(error) && error.code === 'EPERM';
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { host, pid, id } = JSON.parse(text) as Partial<Holder>;
    if (typeof host !== 'string' || typeof id !== 'string' || !Number.isSafeInteger(pid) || pid! <= 0)
      return undefined;
    return { host, pid: pid!, id };
  } catch {
    return undefined;
  }
}

function whereAbsent<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (isSystemError(error) && error.code === 'ENOENT') return value;
    throw error;
  };
}
