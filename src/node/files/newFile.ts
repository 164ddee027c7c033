import { link, mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isSystemError } from './systemError.js';

/** Readable by its owner alone: a snapshot tells what a machine does and with whom. */
export const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
/** Pieces are gathered up to this size before they are written. */
const GATHERED_BYTES = 1 << 18;

export interface PublishOptions {
  /** Replace a file of that name. Without it, publishing fails with EEXIST and the file stays as it was. */
  readonly replace: boolean;
}

/** The name is that of a folder, a device or a pipe: nothing that could be replaced by a file. */
export class NotAFileError extends Error {
  readonly isFolder: boolean;

  constructor(isFolder: boolean) {
    super(isFolder ? 'it is a folder' : 'it is not a regular file');
    this.isFolder = isFolder;
  }
}

/**
 * A file that is written piece by piece, so that its name never stands for a part of it: to a temporary file in the same folder, which is
 * synced and then given its name in one step. Call `publish` or `abandon` in the end.
 */
export class NewFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #replace: boolean;
  readonly #handle: FileHandle;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #length = 0;

  private constructor(path: string, temporary: string, replace: boolean, handle: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#replace = replace;
    this.#handle = handle;
  }

  /** @throws NotAFileError; errors of the file system */
  static async create(path: string, { replace }: PublishOptions): Promise<NewFile> {
    await checkTarget(path);
    const temporary = join(dirname(path), temporaryName(basename(path)));
    return new NewFile(path, temporary, replace, await open(temporary, 'wx', OWNER_ONLY));
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** The bytes are not copied: they must stay as they are until the file is published. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
    this.#length += bytes.length;
    if (this.#gatheredBytes >= GATHERED_BYTES) await this.#flush();
  }

  /** Gives the file its name. Where that fails, nothing is left of it. */
  async publish(): Promise<void> {
    try {
      await this.#flush();
      await this.#handle.sync();
      await this.#handle.close();
      await (this.#replace
        ? rename(this.#temporary, this.#path)
        : renameWithoutReplacing(this.#temporary, this.#path));
    } catch (error) {
      await this.abandon();
      throw error;
    }
    await syncFolder(dirname(this.#path));
  }

  /** Removes what was written. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.#temporary, { force: true });
  }

  async #flush(): Promise<void> {
    if (this.#gatheredBytes === 0) return;
    const pieces = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    await writeAll(this.#handle, pieces);
  }
}

/** A disk that is full takes a part, and tells so only when it is asked to take the rest. */
async function writeAll(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  let bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  while (bytes.length > 0) {
    const { bytesWritten } = await handle.write(bytes);
    bytes = bytes.subarray(bytesWritten);
  }
}

const TEMPORARY = /^\..*\.[0-9a-f]{8}-[0-9a-f]{4}\.tmp$/;

function temporaryName(name: string): string {
  return `.${name.slice(0, 100)}.${crypto.randomUUID().slice(0, 13)}.tmp`;
}

/** Whether a name is one that a NewFile has before it is published: what is left of a program that was killed. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Makes a folder, and those above it, for its owner alone. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: OWNER_ONLY_FOLDER });
}

/** Renaming onto a device would replace the device: as root, `/dev/null` would be a snapshot for everybody. */
async function checkTarget(path: string): Promise<void> {
  const target = await stat(path).catch(() => undefined);
  if (target !== undefined && !target.isFile()) throw new NotAFileError(target.isDirectory());
}

/** `rename` replaces silently; a second link to the file does not. */
async function renameWithoutReplacing(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (!isSystemError(error) || !LINKS_UNSUPPORTED.has(error.code ?? '')) throw error;
    // No links on this file system (FAT, some shares): claim the name, then replace the claim, which is ours.
    const claim = await open(path, 'wx', OWNER_ONLY);
    await claim.close();
    await rename(temporary, path);
    return;
  }
  await rm(temporary);
}

const LINKS_UNSUPPORTED = new Set([
  'EPERM',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EISDIR',
  'EMLINK',
  'UNKNOWN',
]);

/** Makes the new name itself survive a loss of power. Windows cannot open folders and needs no such thing. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const handle = await open(path, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // A folder that may be written but not read. The file is whole and has its name.
  }
}
