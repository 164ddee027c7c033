// Records one snapshot after another into the file that is its argument, as fast as it can, until it is killed. After each
// that is said to be safe it writes a line with the number of those that are.
import { writeSync } from 'node:fs';
import { createRecording } from '../../../dist/node/index.js';
import { churn } from './churn.mjs';

const [path, append] = process.argv.slice(2);
const recording = await createRecording(path, { append: append === 'append' });
const machine = churn(Number(process.pid), 400);
writeSync(1, `${recording.count}\n`);
for (;;) {
  await recording.append(machine.next().value);
  writeSync(1, `${recording.count}\n`);
}
