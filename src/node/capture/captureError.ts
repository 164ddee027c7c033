/**
 * Why a capture failed.
 *
 * - `not-supported`: no provider for this platform, or the system lacks the function (ERROR_NOT_SUPPORTED)
 * - `native-library`: koffi, the system's library or the function in it could not be loaded
 * - `no-permission`: the system denied the call
 * - `call-failed`: the system call returned an error that is none of the others
 * - `unstable`: bounded retries ended without a whole table (it kept growing, or kept failing transiently)
 * - `inconsistent`: the call succeeded, but what it returned contradicts itself
 */
export type CaptureErrorCode =
  'not-supported' | 'native-library' | 'no-permission' | 'call-failed' | 'unstable' | 'inconsistent';

/** Thrown when a table could not be captured. Nothing has been written then. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  readonly code: CaptureErrorCode;
  /** The operating system's own code (Win32 error, NTSTATUS or errno), where there is one. */
  readonly systemCode: number | undefined;

  constructor(
    code: CaptureErrorCode,
    message: string,
    options: { readonly systemCode?: number; readonly cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.systemCode = options.systemCode;
  }
}
