import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layoutOf, type TableClass } from '../../dist/core/index.js';
import { CaptureError } from '../../dist/node/capture/captureError.js';
import { createIphlpapiProvider } from '../../dist/node/capture/iphlpapi.js';
import { loadKoffi } from '../../dist/node/capture/koffi.js';
import type { Provider } from '../../dist/node/capture/provider.js';
import { parseTableName } from '../../dist/node/capture/tableRequest.js';
import { bindCommandLines } from '../../dist/node/capture/windowsCommandLines.js';
import { captureTable } from './captureTable.js';
import { type ScriptedTable, compileScriptedTable, whyNoCompiler } from './scriptedTable.js';

const reason = whyNoCompiler();

/** Rows of bytes that are all different from zero, and `slack` bytes more. */
function tableBytes(tableClass: TableClass, rows: number, slack = 0): Uint8Array {
  const { firstRow, rowBytes } = layoutOf(tableClass);
  const bytes = new Uint8Array(firstRow + rows * rowBytes + slack).map((_, i) => (i % 251) + 1);
  new DataView(bytes.buffer).setUint32(0, rows, true);
  return bytes;
}

const [IPV4, IPV6] = [2, 23];

/** Written from the pages of the functions and from the enumerations of iprtrmib.h. */
const CALLS = [
  ['tcp', 'GetTcpTable', undefined, 'all'],
  ['tcp:all', 'GetExtendedTcpTable', { family: IPV4, class: 2 }, 'all'],
  ['tcp:listeners', 'GetExtendedTcpTable', { family: IPV4, class: 0 }, 'listeners'],
  ['tcp:connections', 'GetExtendedTcpTable', { family: IPV4, class: 1 }, 'connections'],
  ['tcp2', 'GetTcpTable2', undefined, 'all'],
  ['tcp-owner-pid', 'GetExtendedTcpTable', { family: IPV4, class: 5 }, 'all'],
  ['tcp-owner-pid:all', 'GetExtendedTcpTable', { family: IPV4, class: 5 }, 'all'],
  ['tcp-owner-pid:listeners', 'GetExtendedTcpTable', { family: IPV4, class: 3 }, 'listeners'],
  ['tcp-owner-pid:connections', 'GetExtendedTcpTable', { family: IPV4, class: 4 }, 'connections'],
  ['tcp-owner-module', 'GetExtendedTcpTable', { family: IPV4, class: 8 }, 'all'],
  ['tcp-owner-module:listeners', 'GetExtendedTcpTable', { family: IPV4, class: 6 }, 'listeners'],
  ['tcp-owner-module:connections', 'GetExtendedTcpTable', { family: IPV4, class: 7 }, 'connections'],
  ['tcp6', 'GetTcp6Table', undefined, 'all'],
  ['tcp6-2', 'GetTcp6Table2', undefined, 'all'],
  ['tcp6-owner-pid', 'GetExtendedTcpTable', { family: IPV6, class: 5 }, 'all'],
  ['tcp6-owner-pid:listeners', 'GetExtendedTcpTable', { family: IPV6, class: 3 }, 'listeners'],
  ['tcp6-owner-pid:connections', 'GetExtendedTcpTable', { family: IPV6, class: 4 }, 'connections'],
  ['tcp6-owner-module', 'GetExtendedTcpTable', { family: IPV6, class: 8 }, 'all'],
  ['tcp6-owner-module:listeners', 'GetExtendedTcpTable', { family: IPV6, class: 6 }, 'listeners'],
  ['tcp6-owner-module:connections', 'GetExtendedTcpTable', { family: IPV6, class: 7 }, 'connections'],
  ['udp', 'GetExtendedUdpTable', { family: IPV4, class: 0 }, 'all'],
  ['udp-owner-pid', 'GetExtendedUdpTable', { family: IPV4, class: 1 }, 'all'],
  ['udp-owner-module', 'GetExtendedUdpTable', { family: IPV4, class: 2 }, 'all'],
  ['udp6', 'GetExtendedUdpTable', { family: IPV6, class: 0 }, 'all'],
  ['udp6-owner-pid', 'GetExtendedUdpTable', { family: IPV6, class: 1 }, 'all'],
  ['udp6-owner-module', 'GetExtendedUdpTable', { family: IPV6, class: 2 }, 'all'],
] as const;

describe.skipIf(reason !== undefined)(
  `every table of iphlpapi, from a scripted library${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let scripted: ScriptedTable;
    let provider: Provider;
    let whole: ScriptedTable;
    let wholeProvider: Provider;

    beforeAll(async () => {
      scripted = await compileScriptedTable();
      provider = createIphlpapiProvider({ library: scripted.library, kernel32: scripted.library });
      whole = await compileScriptedTable(true);
      wholeProvider = createIphlpapiProvider({ library: whole.library, kernel32: whole.library });
    });
    afterAll(() => [scripted, whole].forEach((library) => library.remove()));

    test.each(CALLS)('%s comes from %s', async (name, functionName, extended, scope) => {
      const request = parseTableName(name);
      const bytes = tableBytes(request.class, 3, 5);
      whole.play({ code: 122, size: bytes.length }, { code: 0, size: bytes.length, bytes });
      const table = await captureTable(wholeProvider, request);

      expect(table).toMatchObject({ class: request.class, function: functionName, scope, calls: 2 });
      expect(table.functionClass).toBe(extended?.class);
      expect(table.undocumented).toBeUndefined();
      expect(table.bytes).toEqual(bytes);
      const given = { function: functionName, ...(extended && { extended }), zeroFilled: true, order: 1 };
      expect(whole.calls()).toEqual([
        { ...given, size: null },
        { ...given, size: bytes.length + 1024 },
      ]);
    });

    test('a size that leaves rows out is corrected by the layout of the class', async () => {
      const bytes = tableBytes('udp6-owner-module', 2);
      scripted.play({ code: 122, size: 8 }, { code: 0, size: 8, bytes });
      expect((await captureTable(provider, { class: 'udp6-owner-module' })).bytes).toEqual(bytes);
    });

    test('what is missing is told, and the others are taken', async () => {
      const bytes = tableBytes('tcp2', 1);
      scripted.play(
        { code: 122, size: bytes.length },
        { code: 0, size: bytes.length, bytes },
        { code: 50, size: 0 },
      );
      const requests = [{ class: 'tcp2' }, { class: 'tcp6-2' }, { class: 'udp-owner-pid' }] as const;
      const { tables, failures } = await provider.captureTables(requests, true);
      expect(tables).toMatchObject([{ class: 'tcp2', bytes }]);
      expect(failures).toMatchObject([
        { request: { class: 'tcp6-2' }, error: { code: 'native-library' } },
        { request: { class: 'udp-owner-pid' }, error: { code: 'not-supported', systemCode: 50 } },
      ]);
      expect(failures.map(({ error }) => error.message)).toEqual([
        expect.stringMatching(/^The function GetTcp6Table2 of .+ cannot be called: /),
        'GetExtendedUdpTable failed with 50 (ERROR_NOT_SUPPORTED). This system has no such table to capture.',
      ]);
    });

    describe('modules of the owners', () => {
      const PLACES = [
        ['tcp-owner-module', 20, 32],
        ['tcp6-owner-module', 52, 64],
        ['udp-owner-module', 8, 32],
        ['udp6-owner-module', 24, 48],
      ] as const;

      test.each(PLACES)('%s: one answer for each owner, by row', async (tableClass, pidAt, infoAt) => {
        const owners: readonly (readonly [pid: number, module: number])[] = [
          [100, 7],
          [100, 7],
          [100, 9],
          [200, 7],
          [300, 0],
          [300, 1],
          [300, 2],
        ];
        const { firstRow, rowBytes } = layoutOf(tableClass);
        const bytes = tableBytes(tableClass, owners.length);
        const view = new DataView(bytes.buffer);
        owners.forEach(([pid, module], i) => {
          const row = firstRow + i * rowBytes;
          view.setUint32(row + pidAt, pid, true);
          for (let n = 0; n < 16; n++)
            view.setBigUint64(row + infoAt + n * 8, n === 0 ? BigInt(module) : 0n, true);
        });
        const original = bytes.slice();
        whole.play({ code: 122, size: bytes.length }, { code: 0, size: bytes.length, bytes });
        whole.modulesAsked();
        const table = await captureTable(wholeProvider, { class: tableClass });
        expect(table.modules).toEqual([
          { name: `service 7 at ${pidAt}`, path: 'C:\\7.dll' },
          { name: `service 9 at ${pidAt}`, path: 'C:\\9.dll' },
        ]);
        const numbers = [1, 1, 2, 1, 0, 0, 0];
        expect([...new Uint32Array(table.extras!['module']!.buffer)]).toEqual(numbers);
        expect(whole.modulesAsked()).toBe(6);
        expect(table.bytes).toEqual(original);
      });

      test('a function that is missing is told, and the table is there', async () => {
        const bytes = tableBytes('udp6-owner-module', 2);
        scripted.play({ code: 122, size: bytes.length }, { code: 0, size: bytes.length, bytes });
        const { tables, unreadable } = await provider.captureTables([{ class: 'udp6-owner-module' }], true);
        expect(tables[0]).not.toHaveProperty('modules');
        expect(tables[0]?.bytes).toEqual(bytes);
        expect(unreadable).toEqual([
          {
            what: 'modules of udp6-owner-module',
            reason: expect.stringMatching(
              /^The function GetOwnerModuleFromUdp6Entry of .+ cannot be called: /,
            ) as string,
          },
        ]);
      });
    });

    test('a command line has its length beside it, and may be refused', async () => {
      const commandLineOf = bindCommandLines(await loadKoffi(), scripted.library);
      expect([1, 2, 3].map(commandLineOf)).toEqual([
        { status: 0, text: '"C:\\a b.exe" --password x' },
        { status: 0, text: '' },
        { status: 0xc0000022 },
      ]);
    });

    describe('tables of sockets that are only bound', () => {
      test.each([
        ['tcp2-bound', 'InternalGetBoundTcpEndpointTable'],
        ['tcp6-2-bound', 'InternalGetBoundTcp6EndpointTable'],
      ] as const)('%s comes from %s, without what lies behind its rows', async (tableClass, functionName) => {
        const bytes = tableBytes(tableClass, 3);
        scripted.play({ code: 0, size: bytes.length + 24, bytes });
        expect(await captureTable(provider, { class: tableClass })).toStrictEqual({
          class: tableClass,
          function: functionName,
          undocumented: true,
          scope: 'all',
          order: false,
          synthesized: false,
          calls: 1,
          sizeAllocated: bytes.length + 24,
          monotonicMicroseconds: expect.any(Number) as number,
          elapsedMicroseconds: expect.any(Number) as number,
          bytes,
        });
        expect(scripted.calls().map((call) => call.function)).toEqual([functionName]);
        expect(scripted.blocksHeld()).toBe(0);
      });

      test.each([
        [{ code: 0, size: 0 }, 'inconsistent', 'returned no table, and no error. Nothing was kept.'],
        [{ code: 0, size: 3 }, 'inconsistent', 'returned a block of 3 bytes. Nothing was kept.'],
        [
          { code: 0, size: 59, bytes: tableBytes('tcp2-bound', 2).subarray(0, 59) },
          'inconsistent',
          'returned a table that claims 2 rows, which need 60 bytes, in a block of 59 bytes. Nothing was kept.',
        ],
        [
          { code: 5, size: 0 },
          'no-permission',
          'failed with 5 (ERROR_ACCESS_DENIED). Capture again as administrator.',
        ],
      ] as const)('fails on %j, and gives the block back', async (answer, code, message) => {
        scripted.play(answer);
        const failure = await captureTable(provider, { class: 'tcp2-bound' }).catch((e: unknown) => e);
        expect(failure).toBeInstanceOf(CaptureError);
        expect(failure).toMatchObject({ code, message: `InternalGetBoundTcpEndpointTable ${message}` });
        expect(scripted.blocksHeld()).toBe(0);
      });
    });
  },
);
