import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSnapshots, verifySnapshots } from '../../dist/node/index.js';
import { FRAME_TYPES } from '../../dist/core/file/frame.js';
import { type Wine, startWine, whyNoWine, windowsPath } from './wine.js';

const reason = whyNoWine();
const program = join(import.meta.dirname, 'programs', 'recordUntilInterrupted.mjs');

describe.skipIf(reason !== undefined)(
  `a console of Windows${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let wine: Wine;
    let folder: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tcpscope-console-'));
      wine = await startWine();
    });
    afterAll(async () => {
      await wine?.stop();
      rmSync(folder, { recursive: true });
    });

    test('Ctrl-C ends a recording cleanly, with its index written', async () => {
      const path = join(folder, 'console.tcpsnap');
      const messages = join(folder, 'messages');
      const files = [wine.installed.cli, path, messages].map(windowsPath);
      const { stdout, stderr } = await wine.runNode([windowsPath(program), ...files]);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout.toString())).toEqual({
        hasConsole: true,
        wasSent: true,
        exitCode: 0,
        signal: null,
      });
      const file = await openSnapshots(path);
      const { count, scan } = file;
      const { problems } = await verifySnapshots(file);
      await file.close();
      expect(problems).toEqual([]);
      expect(scan.frames.at(-1)!.type).toBe(FRAME_TYPES.trailer);
      const what = `${count} snapshot${count === 1 ? '' : 's'}, ${readFileSync(path).length} bytes`;
      expect(readFileSync(messages, 'utf8')).toBe(`tcpscope: wrote ${windowsPath(path)} (${what})\n`);
    });
  },
);
