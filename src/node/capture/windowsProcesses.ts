import type { ProcessInfo, Unreadable } from '../../core/index.js';
import { type Koffi, type NativeLibrary, openLibrary } from './koffi.js';
import { FILETIME_OF_1970 } from '../../core/fileTime.js';
import type { ProcessList, ProcessOptions } from './provider.js';
import { wideText } from './wideText.js';
import { bindCommandLines, STATUS_INVALID_INFO_CLASS } from './windowsCommandLines.js';
import {
  ERROR_NO_MORE_FILES,
  type Handle,
  type MessageSource,
  bindMessages,
  describeCode,
} from './windowsErrors.js';
import { bindUsers, type Sid } from './windowsUsers.js';

const TH32CS_SNAPPROCESS = 2;
const INVALID_HANDLE_VALUE = -1;
/** Enough for a process's path and times, and granted even for most of the system's own processes. */
const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;
/** The longest path that Windows has, in 16-bit units. */
const PATH_UNITS = 32768;

const NO_COMMAND_LINES: Unreadable = {
  what: 'command lines',
  reason: 'NtQueryInformationProcess does not tell them on this system: Windows does since 8.1',
};

/** Numbers are u32 and BOOL, `void *` buffers are filled in place. */
interface ProcessFunctions {
  createSnapshot(flags: number, pid: number): Handle;
  firstProcess(snapshot: Handle, entry: Buffer): number;
  nextProcess(snapshot: Handle, entry: Buffer): number;
  openProcess(access: number, inherit: number, pid: number): Handle;
  imageName(process: Handle, flags: number, path: Buffer, units: Uint32Array): number;
  processTimes(
    process: Handle,
    creation: BigUint64Array,
    exit: BigUint64Array,
    kernel: BigUint64Array,
    user: BigUint64Array,
  ): number;
  sessionOf(pid: number, session: Uint32Array): number;
  closeHandle(handle: Handle): number;
  lastError(): number;
}

/**
 * Binds what lists processes: a Toolhelp32 snapshot for pids and names, and each process itself for its path and start
 * time, which processes that protect themselves refuse.
 *
 * @throws CaptureError `native-library`
 */
export function bindProcessList(koffi: Koffi): (options: ProcessOptions) => Promise<ProcessList> {
  const functions = bindFunctions(openLibrary(koffi, 'kernel32.dll'));
  const messageOf = bindMessages(koffi);
  const layout = defineEntry(koffi);
  const users = bindUsers(koffi);
  return async ({ commandLines }) => {
    const commandLineOf = commandLines ? bindCommandLines(koffi) : undefined;
    let isUnsupported = false;
    const sids = new Map<string, Sid>();
    const details = (handle: Handle): Partial<ProcessInfo> => {
      const sid = users.userOf(handle);
      if (sid) sids.set(sid.text, sid);
      const { status, text } = commandLineOf?.(handle) ?? {};
      isUnsupported ||= status === STATUS_INVALID_INFO_CLASS;
      return { ...(sid && { user: sid.text }), ...(text !== undefined && { commandLine: text }) };
    };
    const { processes, unreadable } = listProcesses(functions, layout, messageOf, details);
    const { names, reason } = await users.lookUpNames([...sids.values()]);
    return {
      processes: processes.map((info) => {
        const userName = names.get(info.user ?? '');
        return userName === undefined ? info : { ...info, userName };
      }),
      unreadable: [
        ...unreadable,
        ...(reason === undefined ? [] : [{ what: 'names of users', reason }]),
        ...(isUnsupported ? [NO_COMMAND_LINES] : []),
      ],
    };
  };
}

function bindFunctions(kernel32: NativeLibrary): ProcessFunctions {
  return {
    createSnapshot: kernel32.bind(
      'intptr_t __stdcall CreateToolhelp32Snapshot(uint32_t flags, uint32_t pid)',
    ),
    firstProcess: kernel32.bind('int __stdcall Process32FirstW(intptr_t snapshot, void *entry)'),
    nextProcess: kernel32.bind('int __stdcall Process32NextW(intptr_t snapshot, void *entry)'),
    openProcess: kernel32.bind('intptr_t __stdcall OpenProcess(uint32_t access, int inherit, uint32_t pid)'),
    imageName: kernel32.bind(
      'int __stdcall QueryFullProcessImageNameW(intptr_t process, uint32_t flags, void *path, _Inout_ uint32_t *units)',
    ),
    processTimes: kernel32.bind(
      'int __stdcall GetProcessTimes(intptr_t process, void *creation, void *exit, void *kernel, void *user)',
    ),
    sessionOf: kernel32.bind('int __stdcall ProcessIdToSessionId(uint32_t pid, _Out_ uint32_t *session)'),
    closeHandle: kernel32.bind('int __stdcall CloseHandle(intptr_t handle)'),
    lastError: kernel32.bind('uint32_t __stdcall GetLastError()'),
  };
}

/** Where PROCESSENTRY32W has its fields: `th32DefaultHeapID` is as wide as a pointer, and moves what follows it. */
interface EntryLayout {
  readonly size: number;
  readonly pid: number;
  readonly parentPid: number;
  readonly name: number;
  readonly nameUnits: number;
}

function defineEntry(koffi: Koffi): EntryLayout {
  const nameUnits = 260;
  const entry = koffi.struct({
    dwSize: 'uint32_t',
    cntUsage: 'uint32_t',
    th32ProcessID: 'uint32_t',
    th32DefaultHeapID: 'uintptr_t',
    th32ModuleID: 'uint32_t',
    cntThreads: 'uint32_t',
    th32ParentProcessID: 'uint32_t',
    pcPriClassBase: 'int32_t',
    dwFlags: 'uint32_t',
    szExeFile: koffi.array('char16_t', nameUnits),
  });
  return {
    size: koffi.sizeof(entry),
    pid: koffi.offsetof(entry, 'th32ProcessID'),
    parentPid: koffi.offsetof(entry, 'th32ParentProcessID'),
    name: koffi.offsetof(entry, 'szExeFile'),
    nameUnits,
  };
}

function listProcesses(
  functions: ProcessFunctions,
  layout: EntryLayout,
  messageOf: MessageSource,
  details: (handle: Handle) => Partial<ProcessInfo>,
): ProcessList {
  const processes: ProcessInfo[] = [];
  const unreadable: Unreadable[] = [];
  const failed = (name: string, code: number) => {
    unreadable.push({
      what: 'processes',
      reason: `${name} failed with ${describeCode(code, messageOf(code))}`,
    });
  };

  const snapshot = functions.createSnapshot(TH32CS_SNAPPROCESS, 0);
  if (snapshot === INVALID_HANDLE_VALUE) {
    failed('CreateToolhelp32Snapshot', functions.lastError());
    return { processes, unreadable };
  }
  try {
    const entry = Buffer.alloc(layout.size);
    entry.writeUInt32LE(layout.size, 0);
    const path = Buffer.alloc(PATH_UNITS * 2);
    let found = functions.firstProcess(snapshot, entry);
    while (found !== 0) {
      processes.push(describeProcess(functions, readEntry(entry, layout), path, details));
      found = functions.nextProcess(snapshot, entry);
    }
    const code = functions.lastError();
    if (code !== ERROR_NO_MORE_FILES)
      failed(processes.length === 0 ? 'Process32FirstW' : 'Process32NextW', code);
  } finally {
    functions.closeHandle(snapshot);
  }
  return { processes, unreadable };
}

type ListedProcess = Pick<ProcessInfo, 'pid' | 'name' | 'parentPid'>;

function readEntry(entry: Buffer, layout: EntryLayout): ListedProcess {
  const field = wideText(entry.subarray(layout.name), layout.nameUnits);
  const end = field.indexOf('\0');
  return {
    pid: entry.readUInt32LE(layout.pid),
    name: end < 0 ? field : field.slice(0, end),
    parentPid: entry.readUInt32LE(layout.parentPid),
  };
}

/** What cannot be read stays absent: the process has ended, or does not let itself be asked. */
function describeProcess(
  functions: ProcessFunctions,
  entry: ListedProcess,
  pathBuffer: Buffer,
  details: (handle: Handle) => Partial<ProcessInfo>,
): ProcessInfo {
  const session = new Uint32Array(1);
  const hasSession = functions.sessionOf(entry.pid, session) !== 0;
  const listed = { ...entry, ...(hasSession && { session: session[0]! }) };
  const handle = functions.openProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, listed.pid);
  if (handle === 0) return listed;
  try {
    const path = readPath(functions, handle, pathBuffer);
    const startUtcMicroseconds = readStartTime(functions, handle);
    return {
      ...listed,
      ...(path !== undefined && { path }),
      ...(startUtcMicroseconds !== undefined && { startUtcMicroseconds }),
      ...details(handle),
    };
  } finally {
    functions.closeHandle(handle);
  }
}

function readPath(functions: ProcessFunctions, handle: Handle, buffer: Buffer): string | undefined {
  const units = Uint32Array.of(PATH_UNITS);
  if (functions.imageName(handle, 0, buffer, units) === 0) return undefined;
  return wideText(buffer, units[0] as number);
}

/** Microseconds since 1970. */
function readStartTime(functions: ProcessFunctions, handle: Handle): number | undefined {
  const creation = new BigUint64Array(1);
  const unused = [new BigUint64Array(1), new BigUint64Array(1), new BigUint64Array(1)] as const;
  if (functions.processTimes(handle, creation, ...unused) === 0) return undefined;
  return parseStartTime(creation[0]!);
}

/** A process that begins or ends has 0, or what else was there. No process has started before 1970, and none starts in centuries. */
export function parseStartTime(filetime: bigint): number | undefined {
  const microseconds = Number((filetime - FILETIME_OF_1970) / 10n);
  return microseconds >= 0 && Number.isSafeInteger(microseconds) ? microseconds : undefined;
}
