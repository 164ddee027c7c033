import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileForWindows, whyNoMingw } from './mingw.js';
import { type Wine, startWine, windowsPath } from './wine.js';

const SAMPLES = join(import.meta.dirname, '..', 'fixtures', 'sample');
const reason = whyNoMingw();

describe.skipIf(reason !== undefined)(
  `Windows calls under Wine${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let wine: Wine;
    let folder: string;
    let library: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tcpscope-native-'));
      library = join(folder, 'tableFromFile.dll');
      compileForWindows(join(SAMPLES, 'tableFromFile.c'), library, '-shared');
      wine = await startWine();
    });
    afterAll(async () => {
      await wine?.stop();
      rmSync(folder, { recursive: true });
    });

    /** Runs a program of programs/ over the capture modules of the installed package. */
    async function answer(program: string, ...args: readonly string[]): Promise<unknown> {
      const url = `file:///Z:${wine.installed.folder}/dist/node/capture`;
      const path = windowsPath(join(import.meta.dirname, 'programs', program));
      const result = await wine.runNode([path, url, ...args]);
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      return JSON.parse(result.stdout.toString());
    }

    test('errors are described with the text of FormatMessage', async () => {
      const codes = [5, 50, 87, 122, 4_000_000, 0xc0000001];
      expect(await answer('describeErrors.mjs', ...codes.map(String))).toEqual([
        '5 (ERROR_ACCESS_DENIED: Access denied)',
        '50 (ERROR_NOT_SUPPORTED: Request not supported)',
        '87 (ERROR_INVALID_PARAMETER: Invalid parameter)',
        '122 (ERROR_INSUFFICIENT_BUFFER: Insufficient buffer)',
        '4000000',
        // Wine's ntdll has no texts.
        '3221225473 = 0xC0000001 (STATUS_UNSUCCESSFUL)',
      ]);
    });

    test('every table of a library in place of iphlpapi.dll comes bit for bit', async () => {
      const names = readdirSync(SAMPLES).filter((name) => name.endsWith('.bin'));
      expect(names.length).toBeGreaterThanOrEqual(12);
      const files = names.map((name) => join(SAMPLES, name));
      const captured = await answer('captureThrough.mjs', windowsPath(library), ...files.map(windowsPath));
      expect(captured).toEqual(
        files.map((file) =>
          expect.objectContaining({
            function: 'GetTcpTable2',
            calls: 2,
            sizeReported: readFileSync(file).length,
            hex: readFileSync(file, 'hex'),
          }),
        ),
      );
    });

    test('an error of the call names the code and has the text of FormatMessage', async () => {
      const captured = await answer('captureThrough.mjs', windowsPath(library), 'Z:\\no\\such\\file');
      expect(captured).toEqual([
        {
          code: 'call-failed',
          systemCode: 3,
          message:
            'GetTcpTable2 failed with 3 (Path not found). It was not retried: this code is not a passing one. ' +
            'If it comes again, report this message.',
        },
      ]);
    });

    test('a library that is missing, and one without the function, are told apart', async () => {
      expect(await answer('captureThrough.mjs', 'no-such-library.dll', '')).toEqual([
        {
          code: 'native-library',
          message:
            'The library no-such-library.dll could not be loaded: Failed to load shared library: Module not found. ' +
            'This capture works only on systems that have it.',
        },
      ]);
      expect(await answer('captureThrough.mjs', 'kernel32.dll', '')).toEqual([
        {
          code: 'native-library',
          message:
            "The function GetTcpTable2 of kernel32.dll cannot be called: Cannot find function 'GetTcpTable2' in " +
            'shared library. This system lacks what this capture needs.',
        },
      ]);
    });
  },
);
