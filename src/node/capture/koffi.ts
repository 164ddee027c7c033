import { CaptureError } from './captureError.js';

export type Koffi = typeof import('koffi');

/** A shared library of the operating system, loaded. */
export interface NativeLibrary {
  /**
   * Finds a function by its C prototype as koffi reads it (`uint32_t __stdcall GetTcpTable2(void *table, …)`).
   * The caller names the JavaScript type; nothing checks that it fits the prototype, so write both side by side.
   *
   * @throws CaptureError `native-library` where the library does not export the function
   */
  bind<F extends (...values: never[]) => unknown>(prototype: string): F;
}

/**
 * Loads koffi when something is captured, not before: reading snapshots has to work where koffi cannot load.
 *
 * @throws CaptureError `native-library`
 */
export async function loadKoffi(): Promise<Koffi> {
  try {
    return await import('koffi');
  } catch (cause) {
    throw new CaptureError(
      'native-library',
      `Capture needs the package koffi, which could not be loaded on ${process.platform}-${process.arch}: ` +
        `${firstLine(cause)}. Install tcpscope again without leaving out optional dependencies ` +
        '(npm install --include=optional). Reading snapshots works without koffi.',
      { cause },
    );
  }
}

/**
 * @param name a file name that the system's loader searches for (`iphlpapi.dll`, `libc.so.6`), or a path
 * @throws CaptureError `native-library`
 */
export function openLibrary(koffi: Koffi, name: string): NativeLibrary {
  const library = load(koffi, name);
  return {
    bind<F extends (...values: never[]) => unknown>(prototype: string): F {
      try {
        const native: unknown = library.func(prototype);
        return native as F;
      } catch (cause) {
        throw new CaptureError(
          'native-library',
          `The function ${functionName(prototype)} of ${name} cannot be called: ${firstLine(cause)}. ` +
            'This system lacks what this capture needs.',
          { cause },
        );
      }
    },
  };
}

function load(koffi: Koffi, name: string) {
  try {
    return koffi.load(name);
  } catch (cause) {
    throw new CaptureError(
      'native-library',
      `The library ${name} could not be loaded: ${firstLine(cause)}. ` +
        'This capture works only on systems that have it.',
      { cause },
    );
  }
}

function functionName(prototype: string): string {
  return /(\w+)\s*\(/.exec(prototype)?.[1] ?? prototype;
}

/** Node's loader adds the stack of `require` calls below the first line: paths that tell a user nothing. */
function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (text.split('\n')[0] ?? '').replace(/[.?!\s]+$/, '');
}
