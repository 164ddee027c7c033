import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKoffi, openLibrary } from '../../dist/node/capture/koffi.js';

/** One answer of a scripted function. */
export interface Answer {
  readonly code: number;
  /** What it leaves in the size: a number, `untouched`, or so many bytes above what it was given. */
  readonly size: number | 'untouched' | { readonly above: number };
  /** Written to the table whatever the code is. */
  readonly bytes?: Uint8Array;
}

/** What a scripted function was given. */
export interface GivenCall {
  readonly function: string;
  /** Of the functions that take them. */
  readonly extended?: { readonly family: number; readonly class: number };
  /** Null where the call had no table. */
  readonly size: number | null;
  readonly zeroFilled: boolean;
  readonly order: number;
}

export interface ScriptedTable {
  readonly library: string;
  /** Replaces the script and forgets the calls. The last answer repeats. */
  play(...answers: readonly Answer[]): void;
  calls(): GivenCall[];
  /** Blocks of the scripted heap that have not been given back. */
  blocksHeld(): number;
  /** How often a module has been asked for since the last time that this was asked. */
  modulesAsked(): number;
  remove(): void;
}

/** Why the library cannot be compiled here, or undefined where it can. */
export function whyNoCompiler(): string | undefined {
  if (process.platform === 'win32') return 'not on Windows, which has the real one';
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no C compiler: cc is missing';
  }
}

/** @param whole with the functions that some systems have not got */
export async function compileScriptedTable(whole = false): Promise<ScriptedTable> {
  const folder = mkdtempSync(join(tmpdir(), 'tcpscope-scripted-'));
  const library = join(folder, 'scriptedTable.so');
  const source = join(import.meta.dirname, 'scriptedTable.c');
  const options = ['-std=c11', '-Wall', '-Werror', '-O1', '-shared', '-fPIC', ...(whole ? ['-DWHOLE'] : [])];
  execFileSync('cc', [...options, '-o', library, source]);

  const exported = openLibrary(await loadKoffi(), library);
  const clear = exported.bind<() => void>('void script_clear()');
  const add = exported.bind<
    (code: number, mode: number, size: number, bytes: Uint8Array, length: number) => void
  >('void script_add(uint32_t code, int mode, uint32_t size, const void *bytes, uint32_t length)');
  const count = exported.bind<() => number>('int calls_count()');
  const functionOf = exported.bind<(call: number) => string>('const char *calls_function(int i)');
  const modulesAsked = exported.bind<() => number>('int modules_asked()');
  const blocksHeld = exported.bind<() => number>('int blocks_held()');
  const read = exported.bind<(call: number, fields: Uint32Array) => void>(
    'void calls_read(int call, void *fields)',
  );

  return {
    library,
    play(...answers) {
      clear();
      for (const { code, size, bytes = new Uint8Array(0) } of answers) {
        if (size === 'untouched') add(code, 1, 0, bytes, bytes.length);
        else if (typeof size === 'number') add(code, 0, size, bytes, bytes.length);
        else add(code, 2, size.above, bytes, bytes.length);
      }
    },
    calls() {
      return Array.from({ length: count() }, (_, call) => {
        const fields = new Uint32Array(6);
        read(call, fields);
        const [hasTable = 0, size = 0, zeroFilled, order = 0, family = 0, tableClass = 0] = fields;
        return {
          function: functionOf(call),
          ...(family !== 0 && { extended: { family, class: tableClass } }),
          size: hasTable === 1 ? size : null,
          zeroFilled: zeroFilled === 1,
          order,
        };
      });
    },
    blocksHeld,
    modulesAsked,
    remove() {
      rmSync(folder, { recursive: true });
    },
  };
}
