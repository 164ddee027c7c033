// A process that holds sockets on loopback until it is told to end. Started by loopbackSockets.ts with one of these arguments:
//
//   server BACKLOG HOST   listens. Greets each connection with one byte, so that the other side knows that it was accepted.
//                    Leaves a connection half open when the other side ends it, unless that side sent `close` before.
//                    Takes over further listeners that are sent to it.
//   clients PORT N HOST   connects N times and waits for the greetings
//   datagrams N HOST      binds N UDP sockets; every second one is connected to the one before it
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';

const [role, ...values] = process.argv.slice(2);
const held = [];

function accept(socket) {
  held.push(socket);
  let received = '';
  socket.on('data', (data) => (received += data));
  socket.on('end', () => received === 'close' && socket.end());
  socket.on('error', () => {});
  socket.write('!');
}

if (role === 'server') {
  const server = createServer({ allowHalfOpen: true }, accept);
  server.listen({ port: 0, host: values[1], backlog: Number(values[0]) });
  await once(server, 'listening');
  process.on('message', (_text, listener) => {
    held.push(listener);
    process.send('taken');
  });
  process.send([server.address().port]);
} else if (role === 'datagrams') {
  const [count, host] = [Number(values[0]), values[1]];
  const ports = [];
  for (let i = 0; i < count; i++) {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    held.push(socket);
    socket.bind(0, host);
    await once(socket, 'listening');
    if (i % 2 === 1) {
      socket.connect(ports.at(-1), host);
      await once(socket, 'connect');
    }
    ports.push(socket.address().port);
  }
  process.send(ports);
} else {
  const [port, count] = values.slice(0, 2).map(Number);
  const ports = [];
  for (let i = 0; i < count; i++) {
    const socket = connect(port, values[2]);
    held.push(socket);
    await once(socket, 'data');
    ports.push(socket.localPort);
  }
  process.send(ports);
}

// The parent's end closes the channel, which ends this process too.
process.on('disconnect', () => process.exit());
