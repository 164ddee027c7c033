import { link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isSystemError } from './systemError.js';

/** Readable by its owner alone: a snapshot tells what a machine does and with whom. */
export const OWNER_ONLY = 0o600;

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
 * Writes a file so that its name never stands for a part of it: to a temporary file in the same folder, synced, then
 * given its name in one step.
 *
 * @throws NotAFileError; errors of the file system
 */
export async function publishFile(
  path: string,
  bytes: Uint8Array,
  { replace }: PublishOptions,
): Promise<void> {
  await checkTarget(path);
  const temporary = join(
    dirname(path),
    `.${basename(path).slice(0, 100)}.${crypto.randomUUID().slice(0, 13)}.tmp`,
  );
  try {
    await writeSynced(temporary, bytes);
    await (replace ? rename(temporary, path) : renameWithoutReplacing(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Renaming onto a device would replace the device: as root, `/dev/null` would be a snapshot for everybody. */
async function checkTarget(path: string): Promise<void> {
  const target = await stat(path).catch(() => undefined);
  if (target !== undefined && !target.isFile()) throw new NotAFileError(target.isDirectory());
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', OWNER_ONLY);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
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
