import { Decoder } from '../../src/core/decoder.js';
import { nextTask } from './facets.js';

/** With smaller snapshots nobody would notice. */
const MIN_STORED_BYTES = 4 << 20;
/** Of a table of TCP over IPv4, 28 bytes a row: 24 in columns, 4 in the order of the rows, and 10 in what that is sorted in. */
const TOUCHED_FOR_STORED = 38 / 28;
const MAX_BYTES = 64 << 20;
const PIECE_BYTES = 1 << 19;

/**
 * Touches the memory that a snapshot is going to be decoded and sorted in, while its bytes are read by the page: to be given new memory takes longer
 * than decoding and sorting. What an engine has had tables in before has been touched.
 */
export async function touchAhead(
  decoder: Decoder,
  storedBytes: number,
  begun: Promise<unknown>,
): Promise<void> {
  const engine = Decoder.engineOf(decoder);
  if (storedBytes < MIN_STORED_BYTES || engine.blockCount > 0) return;
  const reading = { isOver: false };
  const end = (): void => void (reading.isOver = true);
  begun.then(end, end);
  const length = Math.min(MAX_BYTES, Math.ceil(storedBytes * TOUCHED_FOR_STORED));
  const block = engine.allocate(length);
  for (let at = 0; at < length && !reading.isOver; at += PIECE_BYTES) {
    engine.touch(block + at, Math.min(PIECE_BYTES, length - at));
    await nextTask();
  }
  engine.release(block);
}
