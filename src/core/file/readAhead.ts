import { concatBytes } from '../bytes.js';
import type { ByteSource } from './byteSource.js';

/** Read at a time, where reading goes forward. */
const AHEAD_BYTES = 1 << 18;
/** What lies between the payloads of two frames that follow each other, with room to spare. */
const NEAR_BYTES = 64;

/** Bytes that have been read, and those behind them as soon as it is clear that they will be asked for. */
interface Window {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly behind: Promise<Uint8Array> | undefined;
}

/**
 * The same bytes, read ahead where reading goes forward: the frames of a recording are small, and asking the system for each of them
 * takes longer than all else that is done with it. Who goes on finds what comes next read already, or being read. Who reads here and there gets
 * what he asks for, and no more is read.
 */
export function readAhead(source: ByteSource): ByteSource {
  let window: Window = { start: Infinity, bytes: new Uint8Array(), behind: undefined };
  /** Where the last read ended. */
  let last = -1;
  return {
    size: source.size,
    async read(offset, length) {
      const end = offset + length;
      const goesForward = offset >= last && offset - last <= NEAR_BYTES;
      last = end;
      const { start, bytes, behind } = window;
      const from = offset - start;
      if (from >= 0 && from + length <= bytes.length) return bytes.slice(from, from + length);
      if (!goesForward || length >= AHEAD_BYTES) return source.read(offset, length);
      const goesOn = from >= 0 && from <= bytes.length + NEAR_BYTES;
      const at = goesOn ? start + bytes.length : offset;
      const next = await ((goesOn && behind) || source.read(at, AHEAD_BYTES));
      window = { start: at, bytes: next, behind: goesOn ? begin(source, at + next.length) : undefined };
      const held = goesOn ? bytes.subarray(from) : bytes.subarray(0, 0);
      return concatBytes([held, next.subarray(Math.max(0, offset - at), end - at)]);
    },
    ...(source.stream && { stream: (offset, length) => source.stream!(offset, length) }),
    close: () => source.close(),
  };
}

/** Why it cannot be read is told when it is asked for. */
function begin(source: ByteSource, offset: number): Promise<Uint8Array> | undefined {
  if (offset >= source.size) return undefined;
  const read = source.read(offset, AHEAD_BYTES);
  read.catch(() => {});
  return read;
}
