import { layoutOf, type RawTable } from '../../core/index.js';
import { readBoundTable } from './boundTable.js';
import { BOUND_FUNCTIONS, type SizedCall, sizedCallFor } from './iphlpapiCalls.js';
import { type Koffi, type NativeLibrary, loadKoffi, openLibrary } from './koffi.js';
import { withOwnerModules } from './ownerModules.js';
import { attemptEach, type Provider } from './provider.js';
import { type SizedTableFunction, readSizedTable } from './sizedTable.js';
import type { TableRequest } from './tableRequest.js';
import { bindElevation } from './windowsElevation.js';
import { type MessageSource, bindMessages } from './windowsErrors.js';
import { describeWindowsMachine } from './windowsMachine.js';
import { bindProcessList } from './windowsProcesses.js';
import { readWindowsStatistics } from './windowsStatistics.js';

const LIBRARY = 'iphlpapi.dll';

export interface IphlpapiOptions {
  /** The library that exports GetTcpTable2 and its family. Another one can stand in for the system's own, on any system. */
  readonly library?: string;
  /** The same for the functions of the heap. */
  readonly kernel32?: string;
}

/**
 * The raw tables of Windows, bit for bit as iphlpapi.dll returns them. Nothing is loaded before it is needed, and no function is
 * looked for before its table is asked for.
 *
 * Source: Microsoft's pages of GetTcpTable2, GetExtendedTcpTable and their like (iphlpapi.h).
 */
export function createIphlpapiProvider(options: IphlpapiOptions = {}): Provider {
  let tables: WindowsTables | undefined;
  let listProcesses: Provider['listProcesses'] | undefined;
  let isElevated: (() => boolean | undefined) | undefined;

  return {
    name: 'iphlpapi',
    defaultTables: [
      'tcp2',
      'tcp6-2',
      'tcp-owner-module',
      'tcp6-owner-module',
      'udp-owner-module',
      'udp6-owner-module',
    ],
    async captureTables(requests, order) {
      const koffi = await loadKoffi();
      const { done, failures } = await attemptEach(requests, (request) => {
        tables ??= new WindowsTables(koffi, options);
        return tables.capture(request, order);
      });
      // Tables first, modules after: asking for them takes longer.
      const resolved = done.map((table) => tables!.withModules(table));
      return {
        tables: resolved.map(({ table }) => table),
        failures,
        unreadable: resolved.flatMap(({ unreadable }) => unreadable),
      };
    },
    async listProcesses(processOptions) {
      try {
        listProcesses ??= bindProcessList(await loadKoffi());
        return await listProcesses(processOptions);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { processes: [], unreadable: [{ what: 'processes', reason }] };
      }
    },
    async readStatistics() {
      const koffi = await loadKoffi();
      return readWindowsStatistics(koffi, options.library ?? LIBRARY, bindMessages(koffi));
    },
    async describeMachine() {
      return describeWindowsMachine(await loadKoffi());
    },
    async isElevated() {
      try {
        isElevated ??= bindElevation(await loadKoffi());
        return isElevated();
      } catch {
        return undefined;
      }
    },
  };
}

type TableFunction = (table: Buffer | null, size: Uint32Array, order: number, ...more: number[]) => number;

/** iphlpapi.dll, loaded. Functions are bound one by one. */
class WindowsTables {
  readonly #koffi: Koffi;
  readonly #kernel32: string;
  readonly #library: NativeLibrary;
  readonly #messageOf: MessageSource;
  readonly #functions = new Map<string, TableFunction>();

  /** @throws CaptureError `native-library` */
  constructor(koffi: Koffi, { library = LIBRARY, kernel32 = 'kernel32.dll' }: IphlpapiOptions) {
    this.#koffi = koffi;
    this.#kernel32 = kernel32;
    this.#library = openLibrary(koffi, library);
    this.#messageOf = bindMessages(koffi);
  }

  /** @throws CaptureError */
  async capture(request: TableRequest, order: boolean): Promise<RawTable> {
    const call = sizedCallFor(request);
    if (call === undefined) return this.#captureBound(request);
    const table = await readSizedTable(this.#sizedTable(request, call, order));
    return {
      class: request.class,
      function: call.function,
      ...(call.extended && { functionClass: call.extended.class }),
      scope: request.scope ?? 'all',
      order,
      synthesized: false,
      ...table,
    };
  }

  withModules(table: RawTable): ReturnType<typeof withOwnerModules> {
    return withOwnerModules(this.#koffi, this.#library, table);
  }

  #sizedTable(request: TableRequest, call: SizedCall, order: boolean): SizedTableFunction {
    const native = this.#bind(call);
    const { extended } = call;
    const more = extended ? [extended.family, extended.class, 0] : [];
    return {
      name: call.function,
      layout: layoutOf(request.class),
      messageOf: this.#messageOf,
      call(table) {
        const size = Uint32Array.of(table?.length ?? 0);
        const code = native(table, size, order ? 1 : 0, ...more);
        return { code, size: size[0] as number };
      },
    };
  }

  #bind({ function: name, extended }: SizedCall): TableFunction {
    const bound = this.#functions.get(name);
    if (bound !== undefined) return bound;
    const more = extended ? ', uint32_t family, int class, uint32_t reserved' : '';
    const native = this.#library.bind<TableFunction>(
      `uint32_t __stdcall ${name}(void *table, _Inout_ uint32_t *size, int order${more})`,
    );
    this.#functions.set(name, native);
    return native;
  }

  #captureBound({ class: tableClass }: TableRequest): RawTable {
    const name = BOUND_FUNCTIONS[tableClass]!;
    const table = readBoundTable({
      koffi: this.#koffi,
      iphlpapi: this.#library,
      kernel32: openLibrary(this.#koffi, this.#kernel32),
      function: name,
      layout: layoutOf(tableClass),
      messageOf: this.#messageOf,
    });
    return {
      class: tableClass,
      function: name,
      undocumented: true,
      scope: 'all',
      order: false,
      synthesized: false,
      ...table,
    };
  }
}
