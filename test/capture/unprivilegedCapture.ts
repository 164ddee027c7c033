import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProcessInfo } from '../../dist/core/index.js';
import { type SsRow, readSs } from '../reference/ssTable.js';

const CHILD = fileURLToPath(new URL('unprivilegedCapture.mjs', import.meta.url));

export interface UnprivilegedCapture {
  readonly pid: number;
  /** A port on which the capturing process itself listens. */
  readonly ownPort: number;
  readonly elevated: boolean;
  readonly bytes: Uint8Array;
  readonly ownersUnresolved: number;
  readonly processes: readonly ProcessInfo[];
  /** What `ss` showed right before the capture and, the same, right after it. */
  readonly ss: readonly SsRow[];
}

/** Captures in another process, as nobody where this one is root, at a moment when no socket of the machine changes. */
export async function captureUnprivileged(): Promise<UnprivilegedCapture> {
  const child = fork(CHILD, [], { execArgv: [] });
  try {
    await once(child, 'message');
    const deadline = Date.now() + 50_000;
    while (Date.now() < deadline) {
      const before = readSs();
      const answer = await askForCapture(child);
      const after = readSs();
      if (identity(before) === identity(after)) return { pid: child.pid!, ...answer, ss: before };
    }
    throw new Error('the sockets of this machine kept changing; this test needs a moment when they do not');
  } finally {
    child.kill();
  }
}

async function askForCapture(child: ChildProcess): Promise<Omit<UnprivilegedCapture, 'pid' | 'ss'>> {
  const answered = once(child, 'message');
  child.send('capture');
  const [answer] = (await answered) as [
    Omit<UnprivilegedCapture, 'pid' | 'ss' | 'bytes'> & { readonly bytes: string },
  ];
  return { ...answer, bytes: Buffer.from(answer.bytes, 'base64') };
}

/** Inode and state of every socket; of those without inode, the ends. */
function identity(rows: readonly SsRow[]): string {
  return rows
    .map(({ state, inode, localPort, remotePort }) => `${state} ${inode || `${localPort} ${remotePort}`}`)
    .sort()
    .join();
}
