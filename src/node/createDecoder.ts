import { createDecoder as createCoreDecoder, type Decoder } from '../core/index.js';
import { readPackagedWasm } from './packaged.js';

/** Makes a decoder from the module of this package, or from the one given, as bytes or already compiled. */
export async function createDecoder(wasm?: BufferSource | WebAssembly.Module): Promise<Decoder> {
  // For the module of this package, to wait for other threads that compile takes longer than to compile.
  return createCoreDecoder(wasm ?? new WebAssembly.Module(readPackagedWasm()));
}
