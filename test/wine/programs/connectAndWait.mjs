// PORT FILE: connects to 127.0.0.1:PORT, writes { pid, localPort } to FILE, and stays connected.
import { renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';

const [port, file] = process.argv.slice(2);
const socket = connect({ host: '127.0.0.1', port: Number(port) }, () => {
  writeFileSync(`${file}.part`, JSON.stringify({ pid: process.pid, localPort: socket.localPort }));
  renameSync(`${file}.part`, file);
});
