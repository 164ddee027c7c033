import wasmBase64 from 'embedded:wasm';
import version from 'embedded:version';
import workerSource from 'embedded:worker';
import type {
  CallMessage,
  CallName,
  Problem,
  Progress,
  Reply,
  StartMessage,
  WorkerApi,
} from '../protocol.js';

/** What the worker says went wrong. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: string;
  readonly offset: number | undefined;

  constructor({ code, message, offset }: Problem) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}

/** The call had no answer, because the worker was stopped. */
export class WorkerStopped extends Error {
  override readonly name = 'WorkerStopped';
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Listener {
  onProgress(progress: Progress): void;
  /** The worker died. A new one is there, and knows of no file. */
  onDeath(reason: string): void;
}

/** The page's end of the protocol. Starts the worker, and another one when it dies. */
export class WorkerClient {
  readonly #listener: Listener;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker;
  #lastId = 0;

  constructor(listener: Listener) {
    this.#listener = listener;
    this.#worker = this.#start();
  }

  call<Name extends CallName>(name: Name, ...args: Parameters<WorkerApi[Name]>): ReturnType<WorkerApi[Name]> {
    const id = ++this.#lastId;
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#worker.postMessage({ id, name, args } satisfies CallMessage);
    return answer as ReturnType<WorkerApi[Name]>;
  }

  /** Ends what the worker is doing, whatever it is. The new one knows of no file. */
  restart(reason: string): void {
    this.#worker.terminate();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#worker = this.#start();
    for (const { reject } of pending) reject(new WorkerStopped(reason));
  }

  #start(): Worker {
    const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
    const worker = new Worker(trustedScriptUrl(url) as string, { name: 'tcpscope' });
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => this.#receive(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      if (worker !== this.#worker) return;
      const reason = event.message || 'it gave no reason';
      this.restart(reason);
      this.#listener.onDeath(reason);
    });
    const start: StartMessage = { wasm: decodeBase64(wasmBase64), version };
    worker.postMessage(start, [start.wasm.buffer]);
    return worker;
  }

  #receive(reply: Reply): void {
    if ('progress' in reply) return this.#listener.onProgress(reply.progress);
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('problem' in reply) pending?.reject(new CallError(reply.problem));
    else pending?.resolve(reply.result);
  }
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): object };
}

/** The page's policy wants proof that this address of a script is meant: it is the only one there is. */
const trustedScriptUrl = ((): ((url: string) => string | object) => {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('tcpscope-worker', { createScriptURL: (url) => url });
  return (url) => policy?.createScriptURL(url) ?? url;
})();
