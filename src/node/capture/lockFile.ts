import { open, type FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { isSystemError } from '../files/systemError.js';
import { loadKoffi, openLibrary } from './koffi.js';

/** flock(2): for oneself alone, without waiting. */
const LOCK_EX_NB = 2 | 4;
const EWOULDBLOCK = process.platform === 'darwin' ? 35 : 11;

/** Of libuv on Windows: nobody else can open the file, and it is gone when it is closed, however its process ends. */
const UV_FS_O_EXLOCK = 0x1000_0000;
const UV_FS_O_TEMPORARY = 0x40;

/** Ends a lock. It ends with the process too, so none outlives its owner. */
export type Unlock = () => Promise<void>;

/**
 * Locks a file that is open for writing: on Windows by a file beside it, since readers must still be able to open it.
 *
 * @returns undefined where another process has it locked
 * @throws CaptureError `native-library` where koffi is missing
 */
export async function lockFile(path: string, handle: FileHandle): Promise<Unlock | undefined> {
  return process.platform === 'win32' ? lockBeside(`${path}.lock`) : flock(handle);
}

async function flock(handle: FileHandle): Promise<Unlock | undefined> {
  const koffi = await loadKoffi();
  const library = process.platform === 'darwin' ? 'libc.dylib' : 'libc.so.6';
  const lock = openLibrary(koffi, library).bind<(file: number, operation: number) => number>(
    'int flock(int file, int operation)',
  );
  if (lock(handle.fd, LOCK_EX_NB) !== 0 && koffi.errno() === EWOULDBLOCK) return undefined;
  // Any other failure: a file system without locks (some shares). To record there is better than not to.
  return async () => {};
}

async function lockBeside(path: string): Promise<Unlock | undefined> {
  try {
    const flags = constants.O_RDWR | constants.O_CREAT | UV_FS_O_EXLOCK | UV_FS_O_TEMPORARY;
    const lock = await open(path, flags);
    return () => lock.close();
  } catch (error) {
    if (isSystemError(error) && (error.code === 'EBUSY' || error.code === 'EACCES' || error.code === 'EPERM'))
      return undefined;
    throw error;
  }
}
