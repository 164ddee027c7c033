import { once } from 'node:events';

/** Text is gathered up to this length before it is written: one system call for many lines. */
const PIECE_LENGTH = 1 << 16;

/** Standard output: written in large pieces, no faster than the reader takes them. */
export class Output {
  readonly stream = process.stdout;

  constructor() {
    // The reader has seen enough (`| head`): that is no error. Nothing else can still be of use, so end here.
    this.stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }

  async write(pieces: Iterable<string>): Promise<void> {
    let gathered = '';
    for (const piece of pieces) {
      gathered += piece;
      if (gathered.length < PIECE_LENGTH) continue;
      await this.writeBytes(gathered);
      gathered = '';
    }
    if (gathered !== '') await this.writeBytes(gathered);
  }

  async writeBytes(bytes: Uint8Array | string): Promise<void> {
    if (!this.stream.write(bytes)) await once(this.stream, 'drain');
  }
}
