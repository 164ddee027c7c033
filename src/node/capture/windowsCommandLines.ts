import { type Koffi, openLibrary } from './koffi.js';
import { wideText } from './wideText.js';
import type { Handle } from './windowsErrors.js';

/** PROCESSINFOCLASS: a UNICODE_STRING and, behind it, its text. Since Windows 8.1, and with no more rights than the path needs. */
const PROCESS_COMMAND_LINE_INFORMATION = 60;
export const STATUS_INVALID_INFO_CLASS = 0xc0000003;
/** A command line has at most 32,767 units. */
const BUFFER_BYTES = 65_536 + 64;

export interface CommandLine {
  /** NTSTATUS; 0 is success. */
  readonly status: number;
  /** Absent where it may not be read. */
  readonly text?: string;
}

/** Binds what reads the command line of a process. Another library can stand in for the system's own, on any system. */
export function bindCommandLines(koffi: Koffi, library = 'ntdll.dll'): (process: Handle) => CommandLine {
  const query = openLibrary(koffi, library).bind<
    (process: Handle, kind: number, value: Uint8Array, size: number, used: Uint32Array) => number
  >(
    'uint32_t __stdcall NtQueryInformationProcess(intptr_t process, int kind, void *value, uint32_t size, _Out_ uint32_t *used)',
  );
  // UNICODE_STRING: length in bytes (u16), room (u16), pointer, which alignment puts behind a gap on 64 bits.
  const textOffset = 2 * koffi.sizeof('void *');
  return (process) => {
    const value = new Uint8Array(BUFFER_BYTES);
    const used = new Uint32Array(1);
    const status = query(process, PROCESS_COMMAND_LINE_INFORMATION, value, value.length, used);
    if (status !== 0) return { status };
    const length = new DataView(value.buffer).getUint16(0, true);
    return { status, text: wideText(value.subarray(textOffset), length >> 1) };
  };
}
