import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export interface TemporaryFolder {
  readonly path: string;
  /** Writes a file and returns its name. */
  write(name: string, bytes: Uint8Array | string): string;
  read(name: string): Buffer;
  /** Makes an empty folder in it and returns its name. */
  makeFolder(name: string): string;
  /** Names of everything in it, hidden files too. */
  list(): string[];
  chmod(name: string, mode: number): void;
}

/** A folder of its own for one test file, gone when that has ended. */
export function makeTemporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'tcpscope-cli-'));
  const restricted = new Set<string>();
  afterAll(() => {
    for (const name of restricted) chmodSync(join(path, name), 0o700);
    rmSync(path, { recursive: true, force: true });
  });
  return {
    path,
    write(name, bytes) {
      writeFileSync(join(path, name), bytes);
      return name;
    },
    read: (name) => readFileSync(join(path, name)),
    makeFolder(name) {
      mkdirSync(join(path, name));
      return name;
    },
    list: () => readdirSync(path).sort(),
    chmod(name, mode) {
      chmodSync(join(path, name), mode);
      restricted.add(name);
    },
  };
}
