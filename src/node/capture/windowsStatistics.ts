import type { Statistics } from '../../core/index.js';
import { type Koffi, openLibrary } from './koffi.js';
import type { StatisticsReport } from './provider.js';
import { describeCode, type MessageSource, NO_ERROR } from './windowsErrors.js';

/** Bits of a counter; `gap` is what alignment leaves out. */
type Field = readonly [name: string, bits: 32 | 64] | 'gap';
const u32 = (...names: readonly string[]): Field[] => names.map((name) => [name, 32]);
const u64 = (name: string): Field => [name, 64];

interface Call {
  readonly function: string;
  readonly fields: readonly Field[];
}

const TCP_COMMON = [
  'RtoAlgorithm',
  'RtoMin',
  'RtoMax',
  'MaxConn',
  'ActiveOpens',
  'PassiveOpens',
  'AttemptFails',
  'EstabResets',
  'CurrEstab',
];
const TCP_LAST = ['RetransSegs', 'InErrs', 'OutRsts', 'NumConns'];

/** MIB_TCPSTATS2, MIB_TCPSTATS, MIB_UDPSTATS2 and MIB_UDPSTATS. The first function of each that the system has is called. */
const CALLS: Readonly<Record<'TCP' | 'UDP', readonly Call[]>> = {
  TCP: [
    {
      function: 'GetTcpStatisticsEx2',
      fields: [...u32(...TCP_COMMON), 'gap', u64('InSegs'), u64('OutSegs'), ...u32(...TCP_LAST)],
    },
    { function: 'GetTcpStatisticsEx', fields: u32(...TCP_COMMON, 'InSegs', 'OutSegs', ...TCP_LAST) },
  ],
  UDP: [
    {
      function: 'GetUdpStatisticsEx2',
      fields: [u64('InDatagrams'), ...u32('NoPorts', 'InErrors'), u64('OutDatagrams'), ...u32('NumAddrs')],
    },
    {
      function: 'GetUdpStatisticsEx',
      fields: u32('InDatagrams', 'NoPorts', 'InErrors', 'OutDatagrams', 'NumAddrs'),
    },
  ],
};
const FAMILIES = [
  ['IPv4', 2],
  ['IPv6', 23],
] as const;
const STRUCTURE_BYTES = 128;

/** Binds nothing before it is called: each function by itself. */
export function readWindowsStatistics(
  koffi: Koffi,
  library: string,
  messageOf: MessageSource,
): StatisticsReport {
  const statistics: Statistics[] = [];
  const unreadable: { what: string; reason: string }[] = [];
  for (const protocol of ['TCP', 'UDP'] as const) {
    for (const [family, number] of FAMILIES) {
      const name = `${protocol} over ${family}`;
      try {
        const { call, read } = bindFirst(koffi, library, CALLS[protocol]);
        const structure = new Uint8Array(STRUCTURE_BYTES);
        const code = read(structure, number);
        if (code !== NO_ERROR) {
          throw new Error(`${call.function} failed with ${describeCode(code, messageOf(code))}`);
        }
        statistics.push({ source: call.function, name, counters: readFields(structure, call.fields) });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        unreadable.push({ what: `statistics of ${name}`, reason });
      }
    }
  }
  return { statistics, unreadable };
}

type ReadStatistics = (structure: Uint8Array, family: number) => number;

function bindFirst(
  koffi: Koffi,
  library: string,
  calls: readonly Call[],
): { readonly call: Call; readonly read: ReadStatistics } {
  const loaded = openLibrary(koffi, library);
  let missing: unknown;
  for (const call of calls) {
    try {
      const prototype = `uint32_t __stdcall ${call.function}(void *structure, uint32_t family)`;
      return { call, read: loaded.bind<ReadStatistics>(prototype) };
    } catch (error) {
      missing = error;
    }
  }
  throw missing;
}

function readFields(structure: Uint8Array, fields: readonly Field[]): Record<string, number | bigint> {
  const view = new DataView(structure.buffer);
  const counters: Record<string, number | bigint> = {};
  let at = 0;
  for (const field of fields) {
    if (field === 'gap') {
      at += 4;
      continue;
    }
    const [name, bits] = field;
    if (bits === 32) counters[name] = view.getUint32(at, true);
    else counters[name] = smallest(view.getBigUint64(at, true));
    at += bits / 8;
  }
  return counters;
}

function smallest(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
