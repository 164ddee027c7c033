const decoder = new TextDecoder('utf-16le', { ignoreBOM: true });

/**
 * The text in a buffer that Windows filled with UTF-16. Names in Windows may hold lone surrogates, which no UTF-8 can
 * carry: they become U+FFFD here, where it is seen, and not where the snapshot is written.
 *
 * @param units 16-bit units to read, without the terminating zero
 */
export function wideText(buffer: Uint8Array, units: number): string {
  return decoder.decode(buffer.subarray(0, units * 2));
}
