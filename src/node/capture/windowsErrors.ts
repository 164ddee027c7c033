import { type Koffi, openLibrary } from './koffi.js';
import { wideText } from './wideText.js';

export const NO_ERROR = 0;
export const ERROR_ACCESS_DENIED = 5;
export const ERROR_NO_MORE_FILES = 18;
export const ERROR_NOT_SUPPORTED = 50;
export const ERROR_INSUFFICIENT_BUFFER = 122;
export const STATUS_UNSUCCESSFUL = 0xc0000001;

/** Names from winerror.h and ntstatus.h, for the codes that the calls of a capture may answer. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [2, 'ERROR_FILE_NOT_FOUND'],
  [ERROR_ACCESS_DENIED, 'ERROR_ACCESS_DENIED'],
  [6, 'ERROR_INVALID_HANDLE'],
  [8, 'ERROR_NOT_ENOUGH_MEMORY'],
  [13, 'ERROR_INVALID_DATA'],
  [14, 'ERROR_OUTOFMEMORY'],
  [ERROR_NO_MORE_FILES, 'ERROR_NO_MORE_FILES'],
  [24, 'ERROR_BAD_LENGTH'],
  [31, 'ERROR_GEN_FAILURE'],
  [ERROR_NOT_SUPPORTED, 'ERROR_NOT_SUPPORTED'],
  [87, 'ERROR_INVALID_PARAMETER'],
  [111, 'ERROR_BUFFER_OVERFLOW'],
  [120, 'ERROR_CALL_NOT_IMPLEMENTED'],
  [ERROR_INSUFFICIENT_BUFFER, 'ERROR_INSUFFICIENT_BUFFER'],
  [126, 'ERROR_MOD_NOT_FOUND'],
  [127, 'ERROR_PROC_NOT_FOUND'],
  [232, 'ERROR_NO_DATA'],
  [299, 'ERROR_PARTIAL_COPY'],
  [998, 'ERROR_NOACCESS'],
  [1168, 'ERROR_NOT_FOUND'],
  [1314, 'ERROR_PRIVILEGE_NOT_HELD'],
  [1450, 'ERROR_NO_SYSTEM_RESOURCES'],
  [STATUS_UNSUCCESSFUL, 'STATUS_UNSUCCESSFUL'],
  [0xc0000005, 'STATUS_ACCESS_VIOLATION'],
  [0xc000000d, 'STATUS_INVALID_PARAMETER'],
  [0xc0000017, 'STATUS_NO_MEMORY'],
  [0xc0000022, 'STATUS_ACCESS_DENIED'],
  [0xc0000023, 'STATUS_BUFFER_TOO_SMALL'],
  [0xc000009a, 'STATUS_INSUFFICIENT_RESOURCES'],
  [0xc00000bb, 'STATUS_NOT_SUPPORTED'],
]);

/** FormatMessageW's text for a code, or undefined: on other systems, and where the system knows no such code. */
export type MessageSource = (code: number) => string | undefined;

const FROM_HMODULE = 0x0800;
const FROM_SYSTEM = 0x1000;
/** Without it, a text with %1 reads arguments that nobody gave. */
const IGNORE_INSERTS = 0x0200;
const ENGLISH_UNITED_STATES = 0x0409;
const LANGUAGE_OF_THE_USER = 0;
const MESSAGE_UNITS = 2048;

/**
 * A code as messages show it: `87 (ERROR_INVALID_PARAMETER: The parameter is incorrect)`; NTSTATUS and HRESULT values,
 * which are known by their hexadecimal form, as `3221225473 = 0xC0000001 (STATUS_UNSUCCESSFUL)`.
 */
export function describeCode(code: number, text?: string): string {
  const number = code >= 0x80000000 ? `${code} = 0x${code.toString(16).toUpperCase()}` : String(code);
  const words = [NAMES.get(code), text?.replace(/\.$/, '')].filter((part) => part !== undefined);
  return words.length === 0 ? number : `${number} (${words.join(': ')})`;
}

/**
 * Binds FormatMessageW. English comes first, so that a support engineer can search for the text; systems without
 * English messages answer in their own language. Never throws: a message is not worth a second error.
 */
export function bindMessages(koffi: Koffi): MessageSource {
  if (process.platform !== 'win32') return () => undefined;
  try {
    const kernel32 = openLibrary(koffi, 'kernel32.dll');
    const formatMessage = kernel32.bind<FormatMessage>(
      'uint32_t __stdcall FormatMessageW(uint32_t flags, intptr_t source, uint32_t code, uint32_t language, ' +
        'void *text, uint32_t units, void *values)',
    );
    const getModuleHandle = kernel32.bind<(name: string) => Handle>(
      'intptr_t __stdcall GetModuleHandleW(str16 name)',
    );
    const ntdll = getModuleHandle('ntdll.dll');
    return (code) => {
      // NTSTATUS texts are not among the system's messages: ntdll carries them.
      const isStatus = code >= 0xc0000000;
      return isStatus
        ? readMessage(formatMessage, FROM_HMODULE, ntdll, code)
        : readMessage(formatMessage, FROM_SYSTEM, 0, code);
    };
  } catch {
    return () => undefined;
  }
}

/** HANDLE and HMODULE as koffi converts `intptr_t`: a bigint only past 2⁵³. */
export type Handle = number | bigint;

type FormatMessage = (
  flags: number,
  source: Handle,
  code: number,
  language: number,
  text: Buffer,
  units: number,
  values: null,
) => number;

function readMessage(
  formatMessage: FormatMessage,
  origin: number,
  source: Handle,
  code: number,
): string | undefined {
  const text = Buffer.alloc(MESSAGE_UNITS * 2);
  for (const language of [ENGLISH_UNITED_STATES, LANGUAGE_OF_THE_USER]) {
    const units = formatMessage(origin | IGNORE_INSERTS, source, code, language, text, MESSAGE_UNITS, null);
    const line = wideText(text, units).replace(/\s+/g, ' ').trim();
    if (line !== '') return line;
  }
  return undefined;
}
