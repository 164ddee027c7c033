import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** Listener, connection and datagram socket of this process in one family, on its loopback address. */
export interface FamilySockets {
  readonly listenerPort: number;
  readonly clientPort: number;
  readonly udpPort: number;
  close(): void;
}

export async function openEverySocket(address: '127.0.0.1' | '::1'): Promise<FamilySockets> {
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, address);
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [{ destroy(): void }],
    unknown,
  ];
  const udp: UdpSocket = createSocket(address === '::1' ? 'udp6' : 'udp4');
  udp.bind(0, address);
  await once(udp, 'listening');
  return {
    listenerPort: port,
    clientPort: client.localPort!,
    udpPort: udp.address().port,
    close() {
      for (const socket of [client, accepted]) socket.destroy();
      server.close();
      udp.close();
    },
  };
}
