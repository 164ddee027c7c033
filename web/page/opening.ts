import type { FileToOpen, Problem, ServedFile } from '../protocol.js';
import { CallError, WorkerStopped, type WorkerClient } from './client.js';
import type { NamedFile } from './fileDrop.js';
import type { Files } from './files.js';
import type { Notices } from './notices.js';

/** Larger files are checked, and their timelines read, when that is asked for: it reads all of them. */
export const UNASKED_BYTES = 256 << 20;

/** Opens files in the worker, one after another, and has them checked when there is time. */
export class Opening {
  readonly #client: WorkerClient;
  readonly #files: Files;
  readonly #notices: Notices;

  constructor(client: WorkerClient, files: Files, notices: Notices) {
    this.#client = client;
    this.#files = files;
    this.#notices = notices;
  }

  /** Calls `onOpened` for the first file that can be read. */
  async open(
    list: readonly (NamedFile | { readonly name: string; readonly served: ServedFile })[],
    onOpened: (file: number) => Promise<void>,
  ): Promise<void> {
    const added = list.map((file) =>
      this.#files.add({ name: file.name, source: 'file' in file ? file.file : file.served }),
    );
    let isFirst = true;
    for (const file of added) {
      if (!(await this.#open(file))) continue;
      if (isFirst) await onOpened(file.id);
      isFirst = false;
    }
  }

  /** Opens a file that is no snapshot file as the bytes of one table. */
  async openAs(id: number, tableClass: string): Promise<boolean> {
    const file = this.#files.get(id);
    if (file === undefined) return false;
    const toOpen = { ...file.toOpen, tableClass };
    this.#files.update(id, { toOpen, state: 'opening', problem: undefined });
    return this.#open(toOpen);
  }

  /** Opens in a new worker what was open. What was being opened when the old one ended may be why it did. */
  async reopen(): Promise<void> {
    for (const { toOpen, state } of this.#files.all) {
      if (state === 'open') await this.#open(toOpen);
    }
  }

  async verify(id: number): Promise<void> {
    const file = this.#files.get(id);
    if (file === undefined) return;
    try {
      const verification = await this.#client.call('verify', id);
      this.#files.update(id, { verification, isUnchecked: false });
    } catch (error) {
      if (error instanceof WorkerStopped) this.#files.update(id, { isUnchecked: true });
      else this.fail(id, error);
    }
  }

  /** Has every file checked that has not been. */
  async verifyAll(): Promise<void> {
    for (const { toOpen, state, summary, verification } of this.#files.all) {
      if (state !== 'open' || verification !== undefined || toOpen.tableClass !== undefined) continue;
      if (summary!.size > UNASKED_BYTES) this.#files.update(toOpen.id, { isUnchecked: true });
      else await this.verify(toOpen.id);
    }
  }

  /** Notes why a file, or a snapshot of it, cannot be shown. */
  fail(id: number, error: unknown): void {
    this.#files.update(id, { problem: problemOf(error) });
  }

  async #open(file: FileToOpen): Promise<boolean> {
    try {
      const summary = await this.#notices.during(`Opening ${file.name}`, this.#client.call('open', file));
      this.#files.update(file.id, { state: 'open', summary, problem: undefined });
      return true;
    } catch (error) {
      this.#files.update(file.id, { state: 'failed', problem: problemOf(error) });
      return false;
    }
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof CallError) return { code: error.code, message: error.message, offset: error.offset };
  if (error instanceof WorkerStopped) return { code: 'cancelled', message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal',
    message: `internal error: ${message}; this is a bug in tcpscope, please report it`,
  };
}
