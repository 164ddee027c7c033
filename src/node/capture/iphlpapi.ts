import { layoutOf } from '../../core/index.js';
import { type Koffi, loadKoffi, openLibrary } from './koffi.js';
import type { ProcessList, Provider } from './provider.js';
import { type SizedTableFunction, readSizedTable } from './sizedTable.js';
import { bindElevation } from './windowsElevation.js';
import { type MessageSource, bindMessages } from './windowsErrors.js';
import { bindProcessList } from './windowsProcesses.js';

export interface IphlpapiOptions {
  /** The library that exports GetTcpTable2. Another one can stand in for the system's own, on any system. */
  readonly library?: string;
}

/**
 * The raw tables of Windows, bit for bit as iphlpapi.dll returns them. Nothing is loaded before it is needed.
 *
 * Source: Microsoft's page "GetTcpTable2 function (iphlpapi.h)".
 */
export function createIphlpapiProvider(options: IphlpapiOptions = {}): Provider {
  const library = options.library ?? 'iphlpapi.dll';
  let loaded: Koffi | undefined;
  let getTcpTable2: GetTcpTable2 | undefined;
  let messageOf: MessageSource | undefined;
  let listProcesses: (() => ProcessList) | undefined;
  let isElevated: (() => boolean | undefined) | undefined;

  return {
    name: 'iphlpapi',
    async captureTable({ order }) {
      loaded ??= await loadKoffi();
      getTcpTable2 ??= bindGetTcpTable2(loaded, library);
      messageOf ??= bindMessages(loaded);
      const table = await readSizedTable(sizedTable(getTcpTable2, order, messageOf));
      return { class: 'tcp2', function: 'GetTcpTable2', scope: 'all', order, synthesized: false, ...table };
    },
    async listProcesses() {
      try {
        loaded ??= await loadKoffi();
        listProcesses ??= bindProcessList(loaded);
        return listProcesses();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { processes: [], unreadable: [{ what: 'processes', reason }] };
      }
    },
    async isElevated() {
      try {
        loaded ??= await loadKoffi();
        isElevated ??= bindElevation(loaded);
        return isElevated();
      } catch {
        return undefined;
      }
    },
  };
}

type GetTcpTable2 = (table: Buffer | null, size: Uint32Array, order: number) => number;

function bindGetTcpTable2(koffi: Koffi, library: string): GetTcpTable2 {
  return openLibrary(koffi, library).bind(
    'uint32_t __stdcall GetTcpTable2(void *table, _Inout_ uint32_t *size, int order)',
  );
}

function sizedTable(
  getTcpTable2: GetTcpTable2,
  order: boolean,
  messageOf: MessageSource,
): SizedTableFunction {
  return {
    name: 'GetTcpTable2',
    layout: layoutOf('tcp2'),
    messageOf,
    call(table) {
      const size = Uint32Array.of(table?.length ?? 0);
      const code = getTcpTable2(table, size, order ? 1 : 0);
      return { code, size: size[0] as number };
    },
  };
}
