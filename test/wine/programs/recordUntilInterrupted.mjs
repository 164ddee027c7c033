// CLI FILE MESSAGES: records to FILE in a console of its own, presses Ctrl-C in it once FILE is there, and prints the exit code of the recording,
// whose messages are in MESSAGES.
import { spawn } from 'node:child_process';
import { existsSync, openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';

const [cli, file, messages] = process.argv.slice(2);
const koffi = createRequire(cli)('koffi');
const kernel32 = koffi.load('kernel32.dll');
const call = (declaration, ...args) => kernel32.func(declaration)(...args);
const CTRL_C_EVENT = 0;

// Under Wine there is a console that takes no events where there is no terminal: a real one takes its place.
call('int FreeConsole()');
const hasConsole = call('int AllocConsole()') !== 0;
// Everything that is attached to the console gets the event, this too.
process.on('SIGINT', () => {});

const args = [cli, 'capture', '--interval', '50ms', file];
const recording = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', openSync(messages, 'w')] });
recording.once('exit', (exitCode, signal) => {
  writeSync(1, JSON.stringify({ hasConsole, wasSent, exitCode, signal }));
  process.exit();
});
let wasSent = false;
while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 50));
wasSent = call('int GenerateConsoleCtrlEvent(uint32 event, uint32 group)', CTRL_C_EVENT, 0) !== 0;
