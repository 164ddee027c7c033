import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeSnapshotFile } from 'tcpscope';
import { checkSame, OURS, type Comparison } from '../comparison.js';
import { makeTable, type BasicKind } from '../tables/kinds.js';
import { seedOf, type Context } from './context.js';

export const BARE_NODE = 'node -e 0';

/** A snapshot file → its rows on standard output, against a Node that does nothing. */
export async function compareCli(_: Context, kind: BasicKind, rows: number): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'tcpscope-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const file = join(folder, 'one.tcpsnap');
  const bytes = makeTable(kind, rows, seedOf(rows));
  writeFileSync(
    file,
    await encodeSnapshotFile({
      tool: { name: 'tcpscope bench', version: '0', runtime: `node ${process.version}` },
      provider: 'import',
      tables: [{ class: 'tcp2', scope: 'all', synthesized: false, bytes }],
    }),
  );
  const program = packagedProgram();
  const node = (...args: string[]): string => execFileSync(process.execPath, args, { encoding: 'utf8' });
  return {
    tables: 1,
    contestants: [
      { name: OURS, run: () => node(program, 'show', file) },
      { name: BARE_NODE, run: () => node('-e', '0') },
    ],
    check: () => {
      const lines = node(program, 'show', file).split('\n');
      checkSame(`show prints ${lines.length} lines, which`, lines.length > rows);
    },
  };
}

/** What the package installs as the command `tcpscope`. */
function packagedProgram(): string {
  const root = new URL('../../../', import.meta.url);
  const text = readFileSync(new URL('package.json', root), 'utf8');
  const { bin } = JSON.parse(text) as { bin: { tcpscope: string } };
  return fileURLToPath(new URL(bin.tcpscope, root));
}
