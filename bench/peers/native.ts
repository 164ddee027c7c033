import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';

/** Writes the row numbers in the documented order. */
type OrderTable = (table: Uint8Array, order: Uint32Array) => void;

/** Native code, called in this process: a call through koffi costs less than a microsecond. */
export interface NativePeers {
  readonly copyBytes: (from: Uint8Array, to: Uint8Array, length: number) => void;
  readonly orderStdSort: OrderTable;
  readonly orderRadix8: OrderTable;
  readonly orderRadix11: OrderTable;
}

const COMPILER = 'g++';
const FLAGS = ['-std=c++17', '-O3', '-march=native'];
const SOURCE = fileURLToPath(new URL('../../peers/native.cpp', import.meta.url));
const LIBRARY = fileURLToPath(new URL('../native.so', import.meta.url));

/** Returns what the compiler is, and its flags. */
export function compileNativePeers(): string {
  execFileSync(COMPILER, [...FLAGS, '-shared', '-fPIC', '-o', LIBRARY, SOURCE], { stdio: 'inherit' });
  const [version = ''] = execFileSync(COMPILER, ['--version'], { encoding: 'utf8' }).split('\n');
  return [version, ...FLAGS].join(' ');
}

/** Loads what compileNativePeers made. */
export function loadNativePeers(): NativePeers {
  const peers = koffi.load(LIBRARY);
  const orderFunction = (name: string) =>
    peers.func(`void ${name}(const void *table, void *order)`) as OrderTable;
  return {
    copyBytes: peers.func(
      'void copy_bytes(const void *from, void *to, uint32_t length)',
    ) as NativePeers['copyBytes'],
    orderStdSort: orderFunction('order_std_sort'),
    orderRadix8: orderFunction('order_radix_8'),
    orderRadix11: orderFunction('order_radix_11'),
  };
}
