import type { Decoder } from 'tcpscope';
import type { NativePeers } from '../peers/native.js';
import type { WasmRadix } from '../peers/wasmRadix.js';

/** What comparisons are made with. */
export interface Context {
  readonly decoder: Decoder;
  readonly native: NativePeers;
  readonly radix: WasmRadix;
}

/** Every seed is different, and the same in every run. */
export function seedOf(rows: number, table = 0): number {
  return rows * 31 + table * 7919 + 17;
}
