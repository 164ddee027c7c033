import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../dist/node/tcpscope.cjs', import.meta.url));

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: an empty standard input. */
  readonly stdin?: Uint8Array;
  /** File permissions count, even where the tests run as root. See `whyPermissionsDoNotCount`. */
  readonly obeyPermissions?: boolean;
  /** Ends the reading end of its standard output after the first piece. */
  readonly stopReading?: boolean;
}

export interface RunResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutBytes: Buffer;
}

/** Runs the built command line as a user would. */
export function runCli(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return runProgram([process.execPath, CLI, ...args], options);
}

export function runProgram(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = [...(options.obeyPermissions ? WITHOUT_ROOT_RIGHTS : []), ...command];
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => {
      stdout.push(piece);
      if (options.stopReading) child.stdout.destroy();
    });
    child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
    // A command that fails early does not read what it is given.
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? new Uint8Array());
    child.on('error', reject);
    child.on('close', (exitCode) => {
      const stdoutBytes = Buffer.concat(stdout);
      resolve({
        exitCode,
        stdout: stdoutBytes.toString(),
        stderr: Buffer.concat(stderr).toString(),
        stdoutBytes,
      });
    });
  });
}

const isRoot = process.geteuid?.() === 0;

/** Root without the capabilities to pass over permissions: unlike another user, it can still read this repository. */
const WITHOUT_ROOT_RIGHTS = isRoot
  ? [
      'setpriv',
      '--bounding-set=-dac_override,-dac_read_search',
      '--inh-caps=-dac_override,-dac_read_search',
      '--',
    ]
  : [];

/** Why no test can take permissions away here, or undefined where one can. */
export function whyPermissionsDoNotCount(): string | undefined {
  if (process.platform === 'win32') return 'Windows has other permissions than chmod sets';
  const [program, ...args] = WITHOUT_ROOT_RIGHTS;
  if (program === undefined || spawnSync(program, [...args, 'true']).status === 0) return undefined;
  return 'the tests run as root, and setpriv cannot take its rights away';
}

/** A title for tests that are skipped for a reason. */
export function skippedFor(reason: string | undefined): string {
  return reason === undefined ? '' : ` (skipped: ${reason})`;
}
