import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until no other process holds this name, and holds it until `release`, or until this process ends, however it
 * does: an abstract Unix socket is atomic to take and leaves nothing behind. Linux only.
 */
export async function holdLock(name: string): Promise<{ release(): void }> {
  for (;;) {
    const server = createServer();
    const held = await new Promise<boolean>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
      );
      server.unref().listen(`\0${name}`, () => resolve(true));
    });
    if (held) return { release: () => server.close() };
    await pause(200);
  }
}
