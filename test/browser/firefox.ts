import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programInPath } from './chromium.js';

/** Firefox, driven by Marionette: the protocol that it brings, JSON over a socket, each message after its length. */
export interface Firefox {
  command(name: string, parameters?: object): Promise<unknown>;
  /** Runs the body of a function in the page; what it returns can be a promise. */
  run<Result>(body: string, ...args: readonly unknown[]): Promise<Result>;
  close(): Promise<void>;
}

export async function startFirefox(): Promise<Firefox> {
  const profile = mkdtempSync(join(tmpdir(), 'tcpscope-firefox-'));
  const port = await freePort();
  writeFileSync(
    join(profile, 'user.js'),
    [
      `user_pref("marionette.port", ${port});`,
      // Nothing leaves the machine.
      'user_pref("network.proxy.type", 1);',
      'user_pref("network.proxy.http", "127.0.0.1");',
      'user_pref("network.proxy.http_port", 9);',
      'user_pref("network.proxy.ssl", "127.0.0.1");',
      'user_pref("network.proxy.ssl_port", 9);',
    ].join('\n'),
  );
  const child = spawn(
    programInPath('firefox-esr', 'firefox'),
    ['--headless', '--marionette', '--no-remote', '--profile', profile, 'about:blank'],
    { stdio: 'ignore', env: { ...process.env, HOME: profile } },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const connection = new Marionette(await connectTo(port));
  await connection.command('WebDriver:NewSession', {});
  return {
    command: (name, parameters) => connection.command(name, parameters),
    async run<Result>(body: string, ...args: readonly unknown[]) {
      const script = `const [args, done] = [[...arguments].slice(0, -1), arguments[arguments.length - 1]];
        Promise.resolve((async (...args) => { ${body} })(...args)).then(done, (error) => done('failed: ' + error));`;
      const answer = await connection.command('WebDriver:ExecuteAsyncScript', { script, args });
      return (answer as { value: Result }).value;
    },
    async close() {
      await connection.command('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => {});
      connection.close();
      await Promise.race([ended, sleep(10_000).then(() => child.kill('SIGKILL'))]);
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

class Marionette {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (error: { message: string } | null, result: unknown) => void>();
  #received = Buffer.alloc(0);
  #lastId = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (piece) => {
      this.#received = Buffer.concat([this.#received, Buffer.from(piece)]);
      for (let message = this.#next(); message !== undefined; message = this.#next()) this.#take(message);
    });
    socket.on('error', () => {});
  }

  command(name: string, parameters: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    const message = Buffer.from(JSON.stringify([0, id, name, parameters]));
    this.#socket.write(Buffer.concat([Buffer.from(`${message.length}:`), message]));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (error, result) => {
        if (error === null) resolve(result);
        else reject(new Error(`${name}: ${error.message}`));
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** `length:message` */
  #next(): string | undefined {
    const colon = this.#received.indexOf(':');
    if (colon === -1) return undefined;
    const end = colon + 1 + Number(this.#received.subarray(0, colon).toString());
    if (this.#received.length < end) return undefined;
    const message = this.#received.subarray(colon + 1, end).toString();
    this.#received = this.#received.subarray(end);
    return message;
  }

  #take(message: string): void {
    const parsed: unknown = JSON.parse(message);
    // The first one greets.
    if (!Array.isArray(parsed)) return;
    const [, id, error, result] = parsed as [number, number, { message: string } | null, unknown];
    this.#waiting.get(id)?.(error, result);
    this.#waiting.delete(id);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** It takes a while to listen. */
async function connectTo(port: number): Promise<Socket> {
  for (let attempt = 0; ; attempt++) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (isThere) return socket;
    if (attempt === 200) throw new Error('Firefox does not listen');
    await sleep(150);
  }
}
