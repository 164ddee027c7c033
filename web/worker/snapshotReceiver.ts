import type { ReadSnapshot } from '../../src/core/file/inOrder.js';
import { Inbox } from './inbox.js';
import { receivedError, snapshotsIn } from './snapshotBatch.js';
import type { SenderMessage } from './snapshotSender.js';

/** Batches that are on their way, read or written at the same time. */
const BATCHES = 3;
const BATCH_BYTES = 1 << 20;

/** Starts a thread that sends snapshots to a port (snapshotSender.ts). */
export type StartSender = (port: MessagePort, onDeath: (reason: string) => void) => { terminate(): void };

/** The snapshots of a file, read by a thread of their own while whoever asks for them looks at those before. @see SnapshotFile.inOrder */
export async function* receiveSnapshots(
  count: number,
  start: StartSender,
): AsyncGenerator<ReadSnapshot, void> {
  const { port1: port, port2 } = new MessageChannel();
  const inbox = new Inbox<SenderMessage>(port);
  const lend = (memory: ArrayBuffer): void => port.postMessage(memory, [memory]);
  const sender = start(port2, (reason) => inbox.fail(new Error(`the thread that reads died: ${reason}`)));
  try {
    for (let i = 0; i < BATCHES; i++) lend(new ArrayBuffer(BATCH_BYTES));
    for (let done = 0; done < count;) {
      const message = await inbox.next();
      if ('failure' in message) throw receivedError(message.failure);
      yield* snapshotsIn(message);
      done += message.sent.length;
      lend(message.memory);
    }
  } finally {
    sender.terminate();
    port.close();
  }
}
