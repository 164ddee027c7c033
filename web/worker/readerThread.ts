import type { ServedFile } from '../protocol.js';
import { trustedScriptUrl } from '../trustedScriptUrl.js';
import type { StartSender } from './snapshotReceiver.js';
import type { ReadingOrder } from './snapshotSender.js';

/** What a worker runs. */
export interface Program {
  readonly scriptUrl: string;
  readonly module: WebAssembly.Module;
}

/** Starts one more of the workers that this one is, to read a file for it. */
export function readerThread({ scriptUrl, module }: Program, source: Blob | ServedFile): StartSender {
  return (port, onDeath) => {
    const worker = new Worker(trustedScriptUrl(scriptUrl), { name: 'tcpscope-reader' });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      onDeath(event.message || 'it gave no reason');
    });
    worker.postMessage({ module, source, port } satisfies ReadingOrder, [port]);
    return worker;
  };
}
