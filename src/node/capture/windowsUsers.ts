import { type Koffi, openLibrary } from './koffi.js';
import { wideText } from './wideText.js';
import type { Handle } from './windowsErrors.js';

const TOKEN_QUERY = 0x0008;
/** TOKEN_INFORMATION_CLASS of winnt.h. TOKEN_USER is a pointer to a SID, which lies behind it, and attributes. */
const TOKEN_USER = 1;
const TOKEN_USER_BYTES = 256;
/** A SID has at most 15 sub-authorities. */
const MAX_SID_BYTES = 8 + 15 * 4;
const NAME_UNITS = 512;
/** Names can come from a domain controller that does not answer. */
const TIME_LIMIT_MILLISECONDS = 2000;

const LATE: unique symbol = Symbol('late');

/** A SID as its bytes and as people write it. */
export interface Sid {
  readonly bytes: Uint8Array;
  readonly text: string;
}

export interface WindowsUsers {
  /** Who the process of this handle runs as; undefined where its token may not be read. */
  userOf(process: Handle): Sid | undefined;
  /** `DOMAIN\name` by the text of the SID, of those that were found in time. */
  lookUpNames(
    sids: readonly Sid[],
  ): Promise<{ readonly names: ReadonlyMap<string, string>; readonly reason?: string }>;
}

export function bindUsers(koffi: Koffi): WindowsUsers {
  const kernel32 = openLibrary(koffi, 'kernel32.dll');
  const advapi32 = openLibrary(koffi, 'advapi32.dll');
  const closeHandle = kernel32.bind<(handle: Handle) => number>('int __stdcall CloseHandle(intptr_t handle)');
  const openToken = advapi32.bind<(process: Handle, access: number, token: [Handle]) => number>(
    'int __stdcall OpenProcessToken(intptr_t process, uint32_t access, _Out_ intptr_t *token)',
  );
  const tokenInformation = advapi32.bind<
    (token: Handle, kind: number, value: Uint8Array, size: number, used: Uint32Array) => number
  >(
    'int __stdcall GetTokenInformation(intptr_t token, int kind, void *value, uint32_t size, _Out_ uint32_t *used)',
  );
  const lookup = advapi32.bind<LookUpAccount>(
    'int __stdcall LookupAccountSidW(void *system, void *sid, void *name, _Inout_ uint32_t *nameUnits, ' +
      'void *domain, _Inout_ uint32_t *domainUnits, _Out_ uint32_t *use)',
  );
  const sidOffset = 2 * koffi.sizeof('void *');
  const known = new Map<string, string | undefined>();

  return {
    userOf(process) {
      const token: [Handle] = [0];
      if (openToken(process, TOKEN_QUERY, token) === 0) return undefined;
      try {
        const user = new Uint8Array(TOKEN_USER_BYTES);
        if (tokenInformation(token[0], TOKEN_USER, user, user.length, new Uint32Array(1)) === 0) {
          return undefined;
        }
        return parseSid(user.subarray(sidOffset));
      } finally {
        closeHandle(token[0]);
      }
    },
    lookUpNames: (sids) => lookUpNames(lookup, sids, known),
  };
}

/**
 * SID of winnt.h: revision (u8), number of sub-authorities (u8), identifier authority (6 bytes, big-endian), sub-authorities (u32,
 * little-endian). Undefined for bytes that are none.
 */
export function parseSid(bytes: Uint8Array): Sid | undefined {
  const [revision, count = 0] = bytes;
  const length = 8 + count * 4;
  if (revision !== 1 || length > MAX_SID_BYTES || length > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const authority = view.getUint16(2) * 2 ** 32 + view.getUint32(4);
  const subAuthorities = Array.from({ length: count }, (_, i) => view.getUint32(8 + i * 4, true));
  return { bytes: bytes.slice(0, length), text: ['S-1', authority, ...subAuthorities].join('-') };
}

interface LookUpAccount {
  (...values: LookUpValues): number;
  async(...values: [...LookUpValues, done: (error: unknown, succeeded: number) => void]): void;
}
type LookUpValues = [
  system: null,
  sid: Uint8Array,
  name: Uint8Array,
  nameUnits: Uint32Array,
  domain: Uint8Array,
  domainUnits: Uint32Array,
  use: Uint32Array,
];

/**
 * One after the other, each in a thread of its own, until the time is over. What still runs then is left alone, and asked for again the
 * next time; what was answered is not.
 *
 * @param known the answers so far; undefined for a SID that has no name
 */
async function lookUpNames(
  lookup: LookUpAccount,
  sids: readonly Sid[],
  known: Map<string, string | undefined>,
): Promise<{ names: ReadonlyMap<string, string>; reason?: string }> {
  const names = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), TIME_LIMIT_MILLISECONDS);
  });
  try {
    for (const sid of sids) {
      const name = known.has(sid.text)
        ? known.get(sid.text)
        : await Promise.race([lookUpName(lookup, sid), timeout]);
      if (name === LATE) {
        return { names, reason: `they were not all found within ${TIME_LIMIT_MILLISECONDS} ms` };
      }
      known.set(sid.text, name);
      if (name !== undefined) names.set(sid.text, name);
    }
    return { names };
  } finally {
    clearTimeout(timer);
  }
}

function lookUpName(lookup: LookUpAccount, sid: Sid): Promise<string | undefined> {
  // The callback keeps the buffers alive while Windows fills them.
  const [name, domain] = [new Uint8Array(NAME_UNITS * 2), new Uint8Array(NAME_UNITS * 2)];
  const [nameUnits, domainUnits] = [Uint32Array.of(NAME_UNITS), Uint32Array.of(NAME_UNITS)];
  const use = new Uint32Array(1);
  return new Promise((resolve) => {
    lookup.async(null, sid.bytes, name, nameUnits, domain, domainUnits, use, (error, succeeded) => {
      if (error !== null || succeeded === 0) return resolve(undefined);
      const user = wideText(name, nameUnits[0]!);
      const group = wideText(domain, domainUnits[0]!);
      resolve(group === '' ? user : `${group}\\${user}`);
    });
  });
}
