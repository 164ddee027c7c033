// A process that holds sockets on loopback until it is told to end. Started by loopbackSockets.ts with one of these arguments:
//
//   server BACKLOG   listens. Greets each connection with one byte, so that the other side knows that it was accepted.
//                    Leaves a connection half open when the other side ends it, unless that side sent `close` before.
//                    Takes over further listeners that are sent to it.
//   clients PORT N   connects N times and waits for the greetings
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
  server.listen({ port: 0, host: '127.0.0.1', backlog: Number(values[0]) });
  await once(server, 'listening');
  process.on('message', (_text, listener) => {
    held.push(listener);
    process.send('taken');
  });
  process.send([server.address().port]);
} else {
  const [port, count] = values.map(Number);
  const ports = [];
  for (let i = 0; i < count; i++) {
    const socket = connect(port, '127.0.0.1');
    held.push(socket);
    await once(socket, 'data');
    ports.push(socket.localPort);
  }
  process.send(ports);
}

// The parent's end closes the channel, which ends this process too.
process.on('disconnect', () => process.exit());
