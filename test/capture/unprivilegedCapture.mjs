// Captures at each message from unprivilegedCapture.ts, as a user without rights over other users' processes.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { loadKoffi } from '../../dist/node/capture/koffi.js';
import { createNetlinkProvider } from '../../dist/node/capture/netlink.js';

// All code is loaded before root is given up: nobody may not be able to read this folder.
await loadKoffi();
const provider = createNetlinkProvider();
if (process.getuid() === 0) {
  process.setgroups([]);
  process.setgid(65534);
  process.setuid(65534);
}

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', async () => {
  const { tables } = await provider.captureTables([{ class: 'tcp2' }], false);
  const [{ bytes, ownersUnresolved }] = tables;
  const { processes } = await provider.listProcesses({ commandLines: false });
  process.send({
    ownPort: server.address().port,
    elevated: await provider.isElevated(),
    bytes: Buffer.from(bytes).toString('base64'),
    ownersUnresolved,
    processes,
  });
});
process.on('disconnect', () => process.exit());
process.send('ready');
