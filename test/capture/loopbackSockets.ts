import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Server, type Socket, connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const HOLDER = fileURLToPath(new URL('socketHolder.mjs', import.meta.url));

export interface Holder {
  readonly pid: number;
  /** Of a server its port, of others their local ports. */
  readonly ports: readonly number[];
  /** Lets the process hold this listener too. */
  share(listener: Server): Promise<void>;
  /** Freezes the process: nothing is accepted any more. */
  stop(): Promise<void>;
}

/** Sockets of this process and of others, on 127.0.0.1 where no other host is named, closed together. */
export class LoopbackSockets {
  readonly #children: ChildProcess[] = [];
  readonly #sockets: Socket[] = [];

  async startServer(backlog = 511, host = '127.0.0.1'): Promise<Holder & { readonly port: number }> {
    const holder = await this.#start('server', backlog, host);
    return { ...holder, port: holder.ports[0]! };
  }

  startClients(port: number, count: number, host = '127.0.0.1'): Promise<Holder> {
    return this.#start('clients', port, count, host);
  }

  /** UDP sockets, every second of them connected to the one before it. */
  startDatagrams(count: number, host: string): Promise<Holder> {
    return this.#start('datagrams', count, host);
  }

  /** Connects from this process, and returns when a server holder has accepted. */
  async connect(port: number): Promise<Socket> {
    const socket = this.beginToConnect(port);
    await once(socket, 'data');
    return socket;
  }

  /** Connects from this process, whether or not anybody will ever accept. */
  beginToConnect(port: number): Socket {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    this.#sockets.push(socket);
    return socket;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const child of this.#children) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL'); // a stopped process, too, ends by it
      await gone;
    }
  }

  async #start(...values: readonly (string | number)[]): Promise<Holder> {
    const child = fork(HOLDER, values.map(String), { execArgv: [] });
    this.#children.push(child);
    const [ports] = (await once(child, 'message')) as [number[]];
    return {
      pid: child.pid!,
      ports,
      share: async (listener) => {
        const taken = once(child, 'message');
        child.send('listener', listener);
        await taken;
      },
      stop: async () => {
        child.kill('SIGSTOP');
        while (!/\) T /.test(readFileSync(`/proc/${child.pid}/stat`, 'latin1'))) await pause(5);
      },
    };
  }
}
