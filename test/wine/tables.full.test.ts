import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TABLE_CLASSES, layoutOf } from '../../dist/core/index.js';
import { compileForWindows, whyNoMingw } from './mingw.js';
import { type Wine, startWine } from './wine.js';

const reason = whyNoMingw();

describe.skipIf(reason !== undefined)(
  `raw tables under Wine${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let wine: Wine;
    let folder: string;
    let printTable: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tcpscope-tables-'));
      printTable = join(folder, 'printTable.exe');
      compileForWindows(join(import.meta.dirname, 'tables', 'printTable.c'), printTable, '-lws2_32');
      wine = await startWine();
    });
    afterAll(async () => {
      await wine?.stop();
      rmSync(folder, { recursive: true });
    });

    /** What printTable.c prints of its structures. */
    async function printed(...args: readonly string[]): Promise<string[]> {
      const { exitCode, stdout } = await wine.runProgram(printTable, args);
      expect(exitCode).toBe(0);
      return stdout.toString().split(/\r?\n/).slice(0, -1);
    }

    test('every class has the layout that the SDK declares', async () => {
      const layouts = TABLE_CLASSES.map((name) => {
        const { rowBytes, firstRow } = layoutOf(name);
        return `${name} ${rowBytes} ${firstRow}`;
      });
      expect(await printed('layouts')).toEqual(layouts);
    });
  },
);
