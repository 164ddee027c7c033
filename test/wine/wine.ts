import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdLock } from './lock.js';
import { installWindowsPackage, type WindowsPackage } from './windowsPackage.js';

/** Kept between runs, and ignored by git. */
const CACHE = join(import.meta.dirname, '..', '.cache', 'wine');
/**
 * Takes seconds to make, so it is kept too, but not below this project: it has a link to the root folder (drive Z:),
 * which tools that search the project for files would follow. All checkouts share it.
 */
const PREFIX = join(
  process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  'tcpscope-tests',
  'wine-prefix',
);

const RUN_TIMEOUT_MILLISECONDS = 120_000;

export interface RunOptions {
  readonly stdin?: Uint8Array;
  /** Folder on Linux. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Wine {
  /** The packed tcpscope as a Windows user gets it, installed in the cache. */
  readonly installed: WindowsPackage;
  /** Runs the Windows node.exe with these arguments. */
  runNode(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs a Windows program: its path on Linux. */
  runProgram(path: string, args: readonly string[]): Promise<RunResult>;
  /** Runs the installed command line: `runTcpscope(['show', windowsPath(file)])`. */
  runTcpscope(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts the Windows node.exe and leaves it running; `stop` ends it with everything else. */
  startNode(args: readonly string[]): ChildProcess;
  stop(): Promise<void>;
}

/** Why nothing can be run under Wine here, or undefined where it can. */
export function whyNoWine(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'Wine tests run on Linux x64 only';
  for (const command of ['wine', 'wineserver']) {
    if (spawnSync(command, ['--version'], { env: environment() }).status !== 0) {
      return `${command} is missing: apt-get install --no-install-recommends wine wine64`;
    }
  }
  return undefined;
}

/** The path of a Linux file as a Windows program sees it. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

/**
 * Prepares the cache and starts one process that stays: while Wine's services run, others start in 0.2 s and not in
 * 2.6 s. One prefix serves one test file at a time: others wait here.
 */
export async function startWine(): Promise<Wine> {
  const lock = await holdLock(`tcpscope tests ${PREFIX}`.slice(-100));
  const installed = installWindowsPackage(CACHE);
  preparePrefix();
  const files = mkdtempSync(join(tmpdir(), 'tcpscope-wine-'));
  const running = new Set<ChildProcess>();

  const startNode = (args: readonly string[]) => {
    const [command, ...rest] = wineCommand(installed.node, ...args);
    const child = spawn(command, rest, { env: environment(), stdio: 'ignore' });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  const runProgram = (path: string, args: readonly string[], options: RunOptions = {}) =>
    run(mkdtempSync(join(files, 'run-')), wineCommand(path, ...args), options);
  const runNode = (args: readonly string[], options: RunOptions = {}) =>
    runProgram(installed.node, args, options);

  // It ends by itself some time, should this process be killed before it calls `stop`.
  startNode(['-e', 'setTimeout(() => {}, 30 * 60_000)']);
  // Wine's services start with the first process: what comes after this one finds them there.
  await runNode(['-e', '0']);

  return {
    installed,
    runNode,
    runProgram,
    runTcpscope: (args, options) => runNode([windowsPath(installed.cli), ...args], options),
    startNode,
    async stop() {
      const ended = [...running].map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const child of running) child.kill('SIGKILL');
      await Promise.all(ended);
      stopServer();
      rmSync(files, { recursive: true });
      lock.release();
    },
  };
}

/** Files, not pipes: libuv under Wine cannot open a Unix pipe as a standard stream. */
async function run(folder: string, [command, ...args]: Command, options: RunOptions): Promise<RunResult> {
  const path = {
    stdin: join(folder, 'stdin'),
    stdout: join(folder, 'stdout'),
    stderr: join(folder, 'stderr'),
  };
  writeFileSync(path.stdin, options.stdin ?? new Uint8Array(0));
  const streams = [openSync(path.stdin, 'r'), openSync(path.stdout, 'w'), openSync(path.stderr, 'w')];
  try {
    const child = spawn(command, args, {
      stdio: streams,
      timeout: RUN_TIMEOUT_MILLISECONDS,
      killSignal: 'SIGKILL',
      env: { ...environment(), ...options.env },
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    });
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        code === null ? reject(new Error(`wine ended by ${signal}`)) : resolve(code),
      );
    });
    return { exitCode, stdout: readFileSync(path.stdout), stderr: readFileSync(path.stderr, 'utf8') };
  } finally {
    for (const stream of streams) closeSync(stream);
  }
}

type Command = readonly [string, ...string[]];

/**
 * Wine maps a page at 0x7ffe0000, which is where Windows has it. Linux 6.9 places the heap of Wine's loader at random in the
 * gigabyte around it: of some thousand processes one ended at once, with exit code 1 and nothing said. Without chance in
 * addresses it is always elsewhere. Where a container forbids that, Wine is run as it is.
 */
function wineCommand(...args: readonly string[]): Command {
  canFixAddresses ??= spawnSync('setarch', ['-R', 'true']).status === 0;
  return canFixAddresses ? ['setarch', '-R', 'wine', ...args] : ['wine', ...args];
}

let canFixAddresses: boolean | undefined;

/** Wine's own dialogs for .NET and HTML are left out, and no display is looked for. */
function environment(): NodeJS.ProcessEnv {
  const { DISPLAY: _display, ...inherited } = process.env;
  return {
    ...inherited,
    WINEPREFIX: PREFIX,
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree=d;mshtml=d',
  };
}

function preparePrefix(): void {
  const finished = join(PREFIX, 'finished');
  if (existsSync(finished)) return;
  rmSync(PREFIX, { recursive: true, force: true });
  mkdirSync(PREFIX, { recursive: true });
  for (const args of [
    ['wineboot', '-i'],
    // Node 20 refuses to start on what it takes for Windows 7, which is Wine 8's default.
    ['winecfg', '-v', 'win10'],
  ]) {
    execFileSync('wine', args, { env: environment(), stdio: 'ignore', timeout: 120_000 });
  }
  stopServer();
  writeFileSync(finished, '');
}

/** Ends what still runs in this prefix, and waits until the registry is written. */
function stopServer(): void {
  spawnSync('wineserver', ['-k'], { env: environment(), stdio: 'ignore' });
  spawnSync('wineserver', ['-w'], { env: environment(), stdio: 'ignore', timeout: 20_000 });
}
