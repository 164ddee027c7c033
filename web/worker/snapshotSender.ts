import { createDecoder, openSnapshots } from '../../src/core/index.js';
import { enginePrimitives } from '../../src/core/file/enginePrimitives.js';
import type { UncheckedSnapshot } from '../../src/core/file/storedSnapshot.js';
import type { ServedFile } from '../protocol.js';
import { openSource } from './byteSources.js';
import { Inbox } from './inbox.js';
import { BatchWriter, sentError, type SentError, type SnapshotBatch } from './snapshotBatch.js';

/** What a thread is told that reads a recording for another one. */
export interface ReadingOrder {
  readonly module: WebAssembly.Module;
  readonly source: Blob | ServedFile;
  /** Memory for batches comes in, and batches go out, one after another. */
  readonly port: MessagePort;
}

/** What comes out of the port. After a failure there is no more. */
export type SenderMessage = SnapshotBatch | { readonly failure: SentError };

/** Sends all snapshots of a file. Who gets them looks at their digests, so that both threads have as much to do. */
export async function sendSnapshots({ module, source, port }: ReadingOrder): Promise<void> {
  const post = (message: SenderMessage, transfer: Transferable[]): void =>
    port.postMessage(message, transfer);
  const memory = new Inbox<ArrayBuffer>(port);
  try {
    // Nothing else is to be done here while a large table is hashed.
    const primitives = enginePrimitives(await createDecoder(module), () => Promise.resolve());
    const file = await openSnapshots(
      openSource(source, () => {}),
      primitives,
    );
    const reader = file.forward();
    let writer = new BatchWriter(await memory.next());
    for (let number = 0; number < file.count; number++) {
      let read: UncheckedSnapshot;
      try {
        read = await reader.read(number);
      } catch (error) {
        writer.addError(error);
        continue;
      }
      if (writer.add(read)) continue;
      post(writer.batch, [writer.batch.memory]);
      writer = new BatchWriter(await memory.next());
      writer.add(read);
    }
    post(writer.batch, [writer.batch.memory]);
  } catch (error) {
    post({ failure: sentError(error) }, []);
  }
}
