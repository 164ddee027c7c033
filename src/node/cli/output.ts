import { fstatSync, writeSync } from 'node:fs';
import { isSystemError } from '../files/systemError.js';
import { EXIT, failureText, warn } from './failure.js';

/** Text is gathered up to this length before it is written: one system call for many lines. */
const PIECE_LENGTH = 1 << 16;
const DESCRIPTOR = 1;

let isWatched = false;

/** As a stream. Where it cannot be written any more, the program ends. */
function standardOutput(): NodeJS.WriteStream {
  if (!isWatched) process.stdout.on('error', endWithoutReader);
  isWatched = true;
  return process.stdout;
}

function endWithoutReader(error: unknown): never {
  // The reader has seen enough (`| head`): that is no error. Nothing else can still be of use, so end here, with what is known already.
  if (isSystemError(error) && error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done);
  warn(`standard output cannot be written: ${failureText(error)}`);
  process.exit(EXIT.nothing);
}

/** Standard output: written in large pieces, no faster than the reader takes them. */
export class Output {
  /** Where it cannot be written directly. */
  #stream = isWrittenDirectly() ? undefined : standardOutput();

  get isTTY(): boolean {
    return this.#stream?.isTTY === true;
  }

  get columns(): number {
    return this.#stream?.columns ?? 0;
  }

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

  /** Resolves when the bytes have been handed to the system. Where that fails, the program ends. */
  async writeBytes(bytes: Uint8Array | string): Promise<void> {
    const rest = this.#stream === undefined ? this.#writeNow(bytes) : bytes;
    if (rest.length > 0) await new Promise<void>((resolve) => this.#stream!.write(rest, () => resolve()));
  }

  /** Writes without a stream, and returns what has to go through one. */
  #writeNow(text: Uint8Array | string): Uint8Array {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(DESCRIPTOR, bytes, written);
    } catch (error) {
      // Another program that has the pipe has made it one that does not wait for its reader.
      if (!isSystemError(error) || error.code !== 'EAGAIN') endWithoutReader(error);
      this.#stream = standardOutput();
    }
    return bytes.subarray(written);
  }
}

/**
 * Of files, pipes and sockets the system takes what is written, and waits where it must: Node's stream for them, which takes as long to
 * load as a small snapshot to read, does no more. A terminal has more to tell, and on Windows a pipe need not wait.
 */
function isWrittenDirectly(): boolean {
  if (process.platform === 'win32') return false;
  try {
    return !fstatSync(DESCRIPTOR).isCharacterDevice();
  } catch {
    return false;
  }
}
