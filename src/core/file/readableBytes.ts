import type { ByteStream } from './byteSource.js';

/** What a browser's pipe from its files holds, and more. */
const BUFFER_BYTES = 1 << 20;

type Bytes = Uint8Array<ArrayBuffer>;

/** What comes out of a stream. Where it fills memory that it is given, that is the same memory again and again. */
export function readableBytes(readable: ReadableStream<Bytes>): ByteStream {
  const { next, cancel } = pieces(readable);
  let piece: Bytes | undefined = new Uint8Array();
  return {
    async ready(most) {
      while (piece?.length === 0) piece = await next();
      return Math.min(most, piece?.length ?? 0);
    },
    take(to) {
      to.set(piece!.subarray(0, to.length));
      piece = piece!.subarray(to.length);
    },
    close: cancel,
  };
}

interface Pieces {
  /** undefined at the end. */
  readonly next: () => Promise<Bytes | undefined>;
  readonly cancel: () => Promise<void>;
}

function pieces(readable: ReadableStream<Bytes>): Pieces {
  const filling = fillingReader(readable);
  if (filling !== undefined) {
    let buffer = new ArrayBuffer(BUFFER_BYTES);
    return {
      async next() {
        const { value, done } = await filling.read(new Uint8Array(buffer));
        if (done) return undefined;
        ({ buffer } = value);
        return value;
      },
      cancel: () => filling.cancel(),
    };
  }
  const reader = readable.getReader();
  return { next: async () => (await reader.read()).value, cancel: () => reader.cancel() };
}

/** undefined where the stream only gives memory of its own. */
function fillingReader(readable: ReadableStream<Bytes>): ReadableStreamBYOBReader | undefined {
  try {
    return readable.getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}
