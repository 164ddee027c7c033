import { EXIT, failureText, warn } from './failure.js';

/** Text is gathered up to this length before it is written: one system call for many lines. */
const PIECE_LENGTH = 1 << 16;

/** Ends the program where its output cannot be written any more. Call once, before anything is written. */
export function watchStandardStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has seen enough (`| head`): that is no error. Nothing else can still be of use, so end here.
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    warn(`standard output cannot be written: ${failureText(error)}`);
    process.exit(EXIT.nothing);
  });
  // Nobody reads the messages. The data and the exit code still count.
  process.stderr.on('error', () => {});
}

/** Standard output: written in large pieces, no faster than the reader takes them. */
export class Output {
  readonly stream = process.stdout;

  /** Strings are gathered; bytes come in large pieces already. Each is written before the next is asked for, so it may be lent. */
  async write(pieces: Iterable<string | Uint8Array>): Promise<void> {
    let gathered = '';
    for (const piece of pieces) {
      if (typeof piece === 'string') {
        gathered += piece;
        if (gathered.length < PIECE_LENGTH) continue;
      }
      if (gathered !== '') await this.writeBytes(gathered);
      gathered = '';
      if (typeof piece !== 'string') await this.writeBytes(piece);
    }
    if (gathered !== '') await this.writeBytes(gathered);
  }

  /** Resolves when the bytes have been handed to the system. Where that fails, watchStandardStreams ends the program. */
  writeBytes(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => {
      this.stream.write(bytes, () => resolve());
    });
  }
}
