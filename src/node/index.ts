export {
  encodeSnapshotFile,
  FIELDS,
  CONNECTION_KEYS,
  isConnectionKey,
  isTableClass,
  SnapshotError,
  STRUCTURE_NAMES,
  TABLE_CLASSES,
  verifySnapshots,
} from '../core/index.js';
export type * from '../core/index.js';
export { CaptureError, type CaptureErrorCode } from './capture/captureError.js';
export { captureSnapshot, type CaptureOptions } from './capture/captureSnapshot.js';
export type { ProviderName } from './capture/provider.js';
export { createDecoder } from './createDecoder.js';
export { openSnapshots } from './files/fileSource.js';
