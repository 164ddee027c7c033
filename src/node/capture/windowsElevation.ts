import { type Koffi, openLibrary } from './koffi.js';
import type { Handle } from './windowsErrors.js';

const TOKEN_QUERY = 0x0008;
/** TOKEN_INFORMATION_CLASS of winnt.h; its structure is one DWORD. */
const TOKEN_ELEVATION = 20;

/** Binds what tells whether this process runs with administrator rights that it can use (UAC's elevation). */
export function bindElevation(koffi: Koffi): () => boolean | undefined {
  const kernel32 = openLibrary(koffi, 'kernel32.dll');
  const advapi32 = openLibrary(koffi, 'advapi32.dll');
  const currentProcess = kernel32.bind<() => Handle>('intptr_t __stdcall GetCurrentProcess()');
  const closeHandle = kernel32.bind<(handle: Handle) => number>('int __stdcall CloseHandle(intptr_t handle)');
  const openToken = advapi32.bind<(process: Handle, access: number, token: [Handle]) => number>(
    'int __stdcall OpenProcessToken(intptr_t process, uint32_t access, _Out_ intptr_t *token)',
  );
  const tokenInformation = advapi32.bind<TokenInformation>(
    'int __stdcall GetTokenInformation(intptr_t token, int class, void *value, uint32_t size, _Out_ uint32_t *used)',
  );

  return () => {
    const token: [Handle] = [0];
    if (openToken(currentProcess(), TOKEN_QUERY, token) === 0) return undefined;
    try {
      const elevation = new Uint32Array(1);
      const succeeded = tokenInformation(token[0], TOKEN_ELEVATION, elevation, 4, new Uint32Array(1));
      return succeeded === 0 ? undefined : elevation[0] !== 0;
    } finally {
      closeHandle(token[0]);
    }
  };
}

type TokenInformation = (
  token: Handle,
  informationClass: number,
  value: Uint32Array,
  size: number,
  used: Uint32Array,
) => number;
