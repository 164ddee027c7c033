import { inOrder, type ReadSnapshot } from '../../src/core/file/inOrder.js';
import type { Primitives } from '../../src/core/file/primitives.js';
import { snapshotInCheck, type SnapshotInCheck } from '../../src/core/file/storedSnapshot.js';
import { Inbox } from './inbox.js';
import { receivedError, receivedSnapshot, type SnapshotBatch } from './snapshotBatch.js';
import type { SenderMessage } from './snapshotSender.js';

/** Batches that are on their way, read or written at the same time. */
const BATCHES = 3;
const BATCH_BYTES = 1 << 20;

/** Starts a thread that sends snapshots to a port (snapshotSender.ts). */
export type StartSender = (port: MessagePort, onDeath: (reason: string) => void) => { terminate(): void };

/** The snapshots of a file, restored by a thread of their own while whoever asks for them looks at those before. @see SnapshotFile.inOrder */
export async function* receiveSnapshots(
  count: number,
  start: StartSender,
  primitives: Pick<Primitives, 'sha256'>,
): AsyncGenerator<ReadSnapshot, void> {
  const { port1: port, port2 } = new MessageChannel();
  const sender = start(port2, (reason) => batches.fail(new Error(`the thread that reads died: ${reason}`)));
  const batches = new ReceivedBatches(port, primitives);
  try {
    for await (const read of inOrder(count, () => batches.begin())) {
      if (batches.failure !== undefined) throw batches.failure.error;
      yield read;
    }
  } finally {
    sender.terminate();
    port.close();
  }
}

/** Takes one snapshot after another out of batches, and gives their memory back. */
class ReceivedBatches {
  /** Why there will be no more. */
  failure: { readonly error: unknown } | undefined;
  readonly #port: MessagePort;
  readonly #inbox: Inbox<SenderMessage>;
  readonly #primitives: Pick<Primitives, 'sha256'>;
  #batch: SnapshotBatch = { sent: [], memory: new ArrayBuffer(BATCH_BYTES) };
  #next = 0;
  /** Of a batch whose last snapshot is lent still. */
  #before: ArrayBuffer | undefined;

  constructor(port: MessagePort, primitives: Pick<Primitives, 'sha256'>) {
    this.#port = port;
    this.#inbox = new Inbox(port);
    this.#primitives = primitives;
    for (let i = 1; i < BATCHES; i++) this.#lend(new ArrayBuffer(BATCH_BYTES));
  }

  fail(error: Error): void {
    this.#inbox.fail(error);
  }

  /** The next snapshot; it is lent until the one behind the one after it is asked for. */
  async begin(): Promise<SnapshotInCheck> {
    if (this.#before !== undefined) this.#lend(this.#before);
    this.#before = undefined;
    if (this.#next === this.#batch.sent.length) await this.#takeBatch();
    return snapshotInCheck(receivedSnapshot(this.#batch, this.#next++), this.#primitives);
  }

  async #takeBatch(): Promise<void> {
    try {
      this.#before = this.#batch.memory;
      const message = await this.#inbox.next();
      if ('failure' in message) throw receivedError(message.failure);
      this.#batch = message;
      this.#next = 0;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  #lend(memory: ArrayBuffer): void {
    this.#port.postMessage(memory, [memory]);
  }
}
