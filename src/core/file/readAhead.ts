import type { ByteSource } from './byteSource.js';

/** Read at a time, where reading goes forward. */
const AHEAD_BYTES = 1 << 18;
/** What lies between the payloads of two frames that follow each other, with room to spare. */
const NEAR_BYTES = 64;

/**
 * The same bytes, read ahead where reading goes forward: the frames of a recording are small, and asking the system for each of them
 * takes longer than all else that is done with it. Who reads here and there gets what he asks for, and no more is read.
 */
export function readAhead(source: ByteSource): ByteSource {
  let window = { start: 0, bytes: new Uint8Array() };
  /** Where the last read ended. */
  let last = -1;
  return {
    size: source.size,
    async read(offset, length) {
      const end = offset + length;
      const goesForward = offset >= last && offset - last <= NEAR_BYTES;
      last = end;
      const from = offset - window.start;
      if (from >= 0 && from + length <= window.bytes.length) return window.bytes.slice(from, from + length);
      if (!goesForward || length >= AHEAD_BYTES) return source.read(offset, length);
      const bytes = await source.read(offset, AHEAD_BYTES);
      window = { start: offset, bytes };
      return bytes.slice(0, length);
    },
    ...(source.stream && { stream: (offset, length) => source.stream!(offset, length) }),
    close: () => source.close(),
  };
}
