import { layoutOf, type RawTable, type TableClass, type Unreadable } from '../../core/index.js';
import type { Koffi, NativeLibrary } from './koffi.js';
import { wideText } from './wideText.js';
import { NO_ERROR } from './windowsErrors.js';

/** Where the rows of each class have the pid and the 16 numbers that stand for the module. */
const TABLES: Partial<
  Record<TableClass, { readonly function: string; readonly pid: number; readonly info: number }>
> = {
  'tcp-owner-module': { function: 'GetOwnerModuleFromTcpEntry', pid: 20, info: 32 },
  'tcp6-owner-module': { function: 'GetOwnerModuleFromTcp6Entry', pid: 52, info: 64 },
  'udp-owner-module': { function: 'GetOwnerModuleFromUdpEntry', pid: 8, info: 32 },
  'udp6-owner-module': { function: 'GetOwnerModuleFromUdp6Entry', pid: 24, info: 48 },
};
const INFO_BYTES = 16 * 8;

/** TCPIP_OWNER_MODULE_INFO_BASIC: two pointers, to the module's name and its path, which lie behind them in the same buffer. */
const BASIC = 0;
const BUFFER_BYTES = 4096;

type GetOwnerModule = (row: Uint8Array, infoClass: number, buffer: Uint8Array, size: Uint32Array) => number;

interface Module {
  readonly name: string;
  readonly path?: string;
}

/**
 * Asks Windows which module stands behind each row: of services that share a svchost.exe it is the service's own name. It answers only as
 * long as the process lives, hence at capture. Rows of one process and one module give one answer, so it is asked once.
 *
 * @returns the table with the distinct modules, and for each row a number of one, from 1; 0 where Windows did not tell
 */
export function withOwnerModules(
  koffi: Koffi,
  library: NativeLibrary,
  table: RawTable,
): { readonly table: RawTable; readonly unreadable: readonly Unreadable[] } {
  const tableClass = table.class as TableClass;
  const place = TABLES[tableClass];
  if (place === undefined) return { table, unreadable: [] };
  let ask: GetOwnerModule;
  try {
    ask = library.bind<GetOwnerModule>(
      `uint32_t __stdcall ${place.function}(void *row, int infoClass, void *buffer, _Inout_ uint32_t *size)`,
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { table, unreadable: [{ what: `modules of ${tableClass}`, reason }] };
  }

  const { firstRow, rowBytes } = layoutOf(tableClass);
  const { bytes } = table;
  const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const column = new Uint8Array(count * 4);
  const numbers = new DataView(column.buffer);
  const modules: Module[] = [];
  const numberByModule = new Map<string, number>();
  const numberByOwner = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    // A copy, so that a function which writes to the row does not write to the table.
    const row = bytes.slice(firstRow + i * rowBytes, firstRow + (i + 1) * rowBytes);
    const owner = ownerKey(row, place.pid, place.info);
    let number = numberByOwner.get(owner);
    if (number === undefined) {
      const module = askForModule(koffi, ask, row);
      number = module === undefined ? 0 : numberOf(module, modules, numberByModule);
      numberByOwner.set(owner, number);
    }
    numbers.setUint32(i * 4, number, true);
  }
  return { table: { ...table, extras: { ...table.extras, module: column }, modules }, unreadable: [] };
}

function ownerKey(row: Uint8Array, pid: number, info: number): string {
  const owner = Buffer.concat([row.subarray(pid, pid + 4), row.subarray(info, info + INFO_BYTES)]);
  return owner.toString('latin1');
}

function numberOf(module: Module, modules: Module[], numbers: Map<string, number>): number {
  const key = JSON.stringify(module);
  let number = numbers.get(key);
  if (number === undefined) {
    number = modules.push(module);
    numbers.set(key, number);
  }
  return number;
}

/** Undefined where Windows answers with an error: the process has ended or protects itself; and where it answers with nothing. */
function askForModule(koffi: Koffi, ask: GetOwnerModule, row: Uint8Array): Module | undefined {
  const buffer = new Uint8Array(BUFFER_BYTES);
  if (ask(row, BASIC, buffer, Uint32Array.of(BUFFER_BYTES)) !== NO_ERROR) return undefined;
  const start = koffi.address(buffer);
  const pointers = new DataView(buffer.buffer);
  const pointerBytes = koffi.sizeof('void *');
  const textAt = (at: number): string => {
    const pointer =
      pointerBytes === 8 ? pointers.getBigUint64(at, true) : BigInt(pointers.getUint32(at, true));
    return terminatedText(buffer, Number(pointer - start));
  };
  const [name, path] = [textAt(0), textAt(pointerBytes)];
  if (name === '' && path === '') return undefined;
  return { name, ...(path !== '' && { path }) };
}

/** UTF-16 up to its zero. A pointer that leads out of the buffer leads to no text. */
function terminatedText(buffer: Uint8Array, offset: number): string {
  if (offset < 0 || offset >= buffer.length) return '';
  const text = wideText(buffer.subarray(offset), (buffer.length - offset) >> 1);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
