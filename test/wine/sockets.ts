import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { once } from 'node:events';

/** Sockets of this process on 127.0.0.1, in known states. */
export interface Sockets {
  /** Where the listener listens. */
  readonly port: number;
  /** Connected, both ends open: the client's own port. */
  readonly establishedPort: number;
  /** The client has closed its half: it is in FIN_WAIT2, the other end in CLOSE_WAIT. */
  readonly halfClosedPort: number;
  close(): void;
}

export async function openSockets(): Promise<Sockets> {
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // Read to its end, so that the other side's closing is taken note of; not closed in return.
    accepted.push(socket.resume().on('error', () => undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const established = await connectTo(port, server);
  const halfClosed = await connectTo(port, server);
  const closing = once(accepted[1] as Socket, 'end');
  halfClosed.end();
  await closing;

  return {
    port,
    establishedPort: established.localPort as number,
    halfClosedPort: halfClosed.localPort as number,
    close() {
      for (const socket of [established, halfClosed, ...accepted]) socket.destroy();
      server.close();
    },
  };
}

async function connectTo(port: number, server: Server): Promise<Socket> {
  const client = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  await Promise.all([once(client, 'connect'), once(server, 'connection')]);
  return client;
}
