import type { ClockInfo } from '../../core/index.js';
import { type Koffi, openLibrary } from './koffi.js';
import { linuxCallError } from './linuxErrno.js';

const STA_UNSYNC = 0x0040;
const STA_NANO = 0x2000;
const TIMEX_BYTES = 256;

/**
 * How well the clock is held: adjtimex(2), asked for nothing but what is there. struct timex has, after a 32-bit mode, fields that are as
 * wide as a pointer: offset 1, frequency 2, maximum error 3, estimated error 4; status is an int behind them.
 */
export function readKernelClock(koffi: Koffi): Omit<ClockInfo, 'source'> {
  const adjtimex = openLibrary(koffi, 'libc.so.6').bind<(timex: Uint8Array) => number>(
    'int adjtimex(void *timex)',
  );
  const timex = new Uint8Array(TIMEX_BYTES);
  if (adjtimex(timex) < 0) throw linuxCallError('adjtimex', koffi.errno());
  const width = koffi.sizeof('long');
  const view = new DataView(timex.buffer);
  const field = (index: number): number =>
    width === 8 ? Number(view.getBigInt64(index * 8, true)) : view.getInt32(index * 4, true);
  const status = view.getInt32(5 * width, true);
  const offset = field(1);
  return {
    synchronized: (status & STA_UNSYNC) === 0,
    offsetMicroseconds: (status & STA_NANO) === 0 ? offset : Math.round(offset / 1000),
    maxErrorMicroseconds: field(3),
  };
}
