/** A frame of a file that is not damaged. */
export interface RecordedFrame {
  readonly type: number;
  readonly number: number;
  /** Offset of its header, and of its payload. */
  readonly offset: number;
  readonly payload: number;
  readonly length: number;
}

/** The frames of an intact file, as docs/format.md says where they are. */
export function framesOf(bytes: Uint8Array): RecordedFrame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: RecordedFrame[] = [];
  for (let offset = 32; offset < bytes.length;) {
    const length = Number(view.getBigUint64(offset + 16, true));
    const type = view.getUint16(offset + 4, true);
    frames.push({ type, number: view.getUint32(offset + 24, true), offset, payload: offset + 32, length });
    offset += 32 + length + 4;
  }
  return frames;
}
