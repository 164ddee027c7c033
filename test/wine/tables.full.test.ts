import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Decoder,
  type RawTable,
  type TableClass,
  TABLE_CLASSES,
  createDecoder,
  layoutOf,
  openSnapshots,
} from '../../dist/node/index.js';
import { asConnection, decodeSockets, unnamed } from '../reference/mibTables.js';
import { printReference } from '../reference/printedTables.js';
import { type FamilySockets, openEverySocket } from './everySocket.js';
import { compileForWindows, whyNoMingw } from './mingw.js';
import { type Wine, startWine, windowsPath } from './wine.js';

const reason = whyNoMingw();

/** Everything that Wine has: all but the tables of sockets that are only bound. */
const NAMES = [
  ...TABLE_CLASSES.filter((name) => !name.endsWith('-bound')),
  'tcp:all',
  ...['tcp', 'tcp-owner-pid', 'tcp-owner-module', 'tcp6-owner-pid', 'tcp6-owner-module'].flatMap((name) => [
    `${name}:listeners`,
    `${name}:connections`,
  ]),
];

describe.skipIf(reason !== undefined)(
  `raw tables under Wine${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let wine: Wine;
    let folder: string;
    let printTable: string;
    let sockets: { readonly IPv4: FamilySockets; readonly IPv6: FamilySockets };
    let tables: readonly RawTable[];
    let decoder: Decoder;

    beforeAll(async () => {
      decoder = await createDecoder();
      folder = mkdtempSync(join(tmpdir(), 'tcpscope-tables-'));
      printTable = join(folder, 'printTable.exe');
      compileForWindows(join(import.meta.dirname, 'tables', 'printTable.c'), printTable, '-lws2_32');
      sockets = { IPv4: await openEverySocket('127.0.0.1'), IPv6: await openEverySocket('::1') };
      wine = await startWine();
      const file = join(folder, 'every.tcpsnap');
      const result = await wine.runTcpscope(['capture', windowsPath(file), '--table', ...NAMES]);
      expect(result).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(/(^|\n)tcpscope: wrote .*\n$/) as string,
      });
      const opened = await openSnapshots(file);
      ({ tables } = await opened.at(0));
      await opened.close();
    });
    afterAll(async () => {
      for (const family of Object.values(sockets ?? {})) family.close();
      await wine?.stop();
      rmSync(folder, { recursive: true });
    });

    /** What printTable.c prints of its structures. */
    async function printed(...args: readonly string[]): Promise<string[]> {
      const { exitCode, stdout } = await wine.runProgram(printTable, args);
      expect(exitCode).toBe(0);
      const lines = stdout.toString().split('\n').slice(0, -1);
      return lines.map((line) => line.trim());
    }

    /** The rows that a table must have, and which others it must not have, as the text of each begins. */
    function expectedRows(name: string): { readonly present: string[]; readonly absent: string[] } {
      const [tableClass = '', scope = 'all'] = name.split(':');
      const { protocol, family } = layoutOf(tableClass as TableClass);
      const { listenerPort, clientPort, udpPort } = sockets[family];
      const host = family === 'IPv4' ? '127.0.0.1' : '[0:0:0:0:0:0:0:1%0]';
      const nobody = family === 'IPv4' ? '0.0.0.0:0' : '[0:0:0:0:0:0:0:0%0]:0';
      if (protocol === 'UDP') return { present: [`local=${host}:${udpPort}`], absent: [] };
      const listener = [`state=2 local=${host}:${listenerPort} remote=${nobody}`];
      const connections = [
        `state=5 local=${host}:${clientPort} remote=${host}:${listenerPort}`,
        `state=5 local=${host}:${listenerPort} remote=${host}:${clientPort}`,
      ];
      if (scope === 'listeners') return { present: listener, absent: connections };
      if (scope === 'connections') return { present: connections, absent: listener };
      return { present: [...listener, ...connections], absent: [] };
    }

    test('every class has the layout that the SDK declares', async () => {
      const layouts = TABLE_CLASSES.map((name) => {
        const { rowBytes, firstRow } = layoutOf(name);
        return `${name} ${rowBytes} ${firstRow}`;
      });
      expect(await printed('layouts')).toEqual(layouts);
    });

    test('all that were asked for are there, in this order', () => {
      expect(tables.map(({ class: name }) => name)).toEqual(NAMES.map((name) => name.split(':')[0]));
      expect(tables.map(({ scope }) => scope)).toEqual(NAMES.map((name) => name.split(':')[1] ?? 'all'));
    });

    test.each(NAMES.map((name, i) => [name, i] as const))(
      '%s: the SDK reads from its bytes what is expected',
      async (name, i) => {
        const { bytes, class: tableClass, sizeReported } = tables[i]!;
        expect(bytes.length).toBe(sizeReported);
        const file = join(folder, `${i}.bin`);
        writeFileSync(file, bytes);
        const rows = await printed(tableClass, windowsPath(file));
        expect(rows).toEqual(printReference(bytes, tableClass as TableClass));
        using table = decoder.decode(bytes, tableClass as TableClass);
        expect(table.rows(Array.from(rows.keys())).map(unnamed)).toEqual(
          decodeSockets(tableClass as TableClass, bytes).map(asConnection),
        );
        // Wine puts an interface's number where loopback addresses have no zone.
        const unzoned = rows.map((row) => `${row.replaceAll(/%\d+\]/g, '%0]')} `);
        const has = (row: string) => unzoned.some((text) => text.startsWith(`${row} `));
        const { present, absent } = expectedRows(name);
        expect(present.filter((row) => !has(row))).toEqual([]);
        expect(absent.filter(has)).toEqual([]);
      },
    );

    test('what Wine lacks is told, the rest is taken, and the exit code says so', async () => {
      const file = windowsPath(join(folder, 'bound.tcpsnap'));
      const result = await wine.runTcpscope(['capture', file, '--table', 'tcp2', '--bound']);
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toMatch(
        /^tcpscope: could not read table tcp2-bound: The function InternalGetBoundTcpEndpointTable of iphlpapi\.dll cannot be called: /,
      );
      expect(result.stderr).toMatch(/\ntcpscope: wrote /);
    });
  },
);
