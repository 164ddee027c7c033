import { NotAFileError } from '../files/newFile.js';
import { isSystemError, systemReason } from '../files/systemError.js';
import { UsageError } from './failure.js';

/** Why a file could not be written, and, where it exists already, what the user can do. */
export function publishFailure(path: string, error: unknown, ifExists: string): unknown {
  if (error instanceof NotAFileError) {
    const advice = error.isFolder ? 'give the name of a file in it' : 'use - for standard output';
    return new UsageError(`${path}: cannot be written: ${error.message}; ${advice}`);
  }
  if (!isSystemError(error)) return error;
  const missingFolder = error.code === 'ENOENT';
  const reason = missingFolder ? 'the folder does not exist' : systemReason(error);
  const advice = error.code === 'EEXIST' ? `; ${ifExists}` : '';
  return new UsageError(`${path}: cannot be written: ${reason}${advice}`);
}
