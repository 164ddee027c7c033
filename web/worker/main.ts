import { createDecoder, SnapshotError } from '../../src/core/index.js';
import type { CallMessage, Problem, Reply, StartMessage, WorkerApi } from '../protocol.js';
import { Session } from './session.js';

/** The worker's end of the protocol: the first message starts a session, every other one is a call. */

let session: Promise<WorkerApi> | undefined;

self.addEventListener('message', ({ data }: MessageEvent<StartMessage | CallMessage>) => {
  if ('wasm' in data) session = start(data);
  else void answer(data);
});

async function start({ wasm, version }: StartMessage): Promise<WorkerApi> {
  return new Session(await createDecoder(wasm), version, (progress) => reply({ progress }));
}

async function answer({ id, name, args }: CallMessage): Promise<void> {
  try {
    const api = await session!;
    const call = api[name].bind(api) as (...args: readonly unknown[]) => Promise<unknown>;
    reply({ id, result: await call(...args) });
  } catch (error) {
    reply({ id, problem: problemOf(error) });
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof SnapshotError) {
    return { code: error.code, message: error.message, offset: error.offset };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof DOMException ? 'unreadable' : 'internal', message };
}

function reply(message: Reply): void {
  self.postMessage(message);
}
