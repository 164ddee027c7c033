import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The WebAssembly module that this package brings. It is small: waiting for another thread would take longer than reading it. */
export function readPackagedWasm(): Buffer<ArrayBuffer> {
  return readFileSync(join(import.meta.dirname, '../tcpscope.wasm'));
}

/** The page of the viewer, which carries all that it needs. */
export function readPackagedViewer(): string {
  return readFileSync(join(import.meta.dirname, '../viewer.html'), 'utf8');
}

/** The module that worker threads of a batch run: one file (vite.worker.config.ts). */
export function batchWorkerUrl(): string {
  return new URL('./tcpscope-worker.cjs', import.meta.url).href;
}

export function packageVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
