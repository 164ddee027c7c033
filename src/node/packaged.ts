import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** The WebAssembly module that this package brings. */
export function readPackagedWasm(): Promise<Buffer<ArrayBuffer>> {
  return readFile(new URL('../tcpscope.wasm', import.meta.url));
}

export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
