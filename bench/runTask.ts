import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Order } from './measureTask.js';

/** Ten million row objects need more than V8 would take. */
const NODE_OPTIONS = ['--max-old-space-size=8192'];

/** Measures in a new process. */
export function runTask(order: Order): Promise<Answer> {
  const script = fileURLToPath(new URL('./measureTask.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const child = fork(script, { execArgv: NODE_OPTIONS });
    let answer: Answer | undefined;
    child.on('message', (message) => {
      answer = message as Answer;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (answer !== undefined && code === 0) resolve(answer);
      else reject(new Error(`${order.task.work}, ${order.task.kind}: ended with ${signal ?? code}`));
    });
    child.send(order);
  });
}
