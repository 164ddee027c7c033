// All of the core; createDecoder and openSnapshots in the form that knows files.
export * from '../core/index.js';
export { BatchError, type Failure } from './batch/failures.js';
export { runBatch, type BatchCounts, type BatchEvent, type BatchOptions } from './batch/runBatch.js';
export { CaptureError, type CaptureErrorCode } from './capture/captureError.js';
export {
  captureSnapshot,
  createCapturer,
  type CaptureOptions,
  type Capturer,
} from './capture/captureSnapshot.js';
export type { ProviderName } from './capture/provider.js';
export type { TableName, TableScope } from './capture/tableRequest.js';
export type { Summary } from '../core/dataset/summary/summary.js';
export { createDecoder } from './createDecoder.js';
export { openSnapshots } from './files/fileSource.js';
export {
  createRecording,
  RecordingLockedError,
  type RecordedChange,
  type Recording,
  type RecordingOptions,
} from './files/recording.js';
