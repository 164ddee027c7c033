import { SnapshotError } from '../../core/index.js';
import { isSystemError, systemReason } from '../files/systemError.js';

/** Why a file, or one of its snapshots, is not in the dataset, or not all of it: a line of failures.ndjson. */
export interface Failure {
  readonly file: string;
  /** Number of the snapshot, where it is about one. */
  readonly snapshot?: number;
  /** Offset in the file, where it is known. */
  readonly byte?: number;
  /** A code of SnapshotError (`damaged`), or of the operating system (`ENOENT`). */
  readonly code: string;
  readonly reason: string;
}

/** Ends a batch: nothing more can be written, or the folder is not one to go on with. The message is for the user. */
export class BatchError extends Error {}

export function describeFailure(file: string, problem: unknown, snapshot?: number): Failure {
  const place = { file, ...(snapshot !== undefined && { snapshot }) };
  if (problem instanceof SnapshotError) {
    const { offset, code, message } = problem;
    return { ...place, ...(offset !== undefined && { byte: offset }), code, reason: message };
  }
  if (isSystemError(problem))
    return { ...place, code: problem.code ?? 'system', reason: systemReason(problem) };
  // A bug of this program; all others come as one of the above.
  throw problem;
}
