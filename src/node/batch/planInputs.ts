import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { FinishedInput, UnitRecord } from './outputFolder.js';

/** How finished inputs are recognised: by path, size and time, or by what is in them, wherever they are. */
export const IDENTITIES = ['time', 'digest'] as const;
export type Identity = (typeof IDENTITIES)[number];

export interface Plan {
  /** What there is to do. */
  readonly inputs: readonly FinishedInput[];
  /** Inputs that an earlier run has finished. */
  readonly skipped: readonly FinishedInput[];
  /** Units of earlier runs with an input that has changed since: they go, and their other inputs are done again. */
  readonly outdated: readonly UnitRecord[];
}

/** What is left to do, where something has been done, or inputs are told apart by what is in them. */
export function planInputs(
  inputs: readonly FinishedInput[],
  records: readonly UnitRecord[],
  identity: Identity,
): Plan {
  const current = new Map(inputs.map((input) => [resolve(input.path), input]));
  const outdated = records.filter((record) =>
    record.inputs.some((finished) => {
      const now = current.get(resolve(finished.path));
      return now !== undefined && keyOf(now, identity) !== keyOf(finished, identity);
    }),
  );
  const valid = records.filter((record) => !outdated.includes(record));
  const finished = new Set(valid.flatMap((record) => record.inputs.map((input) => keyOf(input, identity))));
  const skipped: FinishedInput[] = [];
  const pending = new Map<string, FinishedInput>();
  const others = outdated
    .flatMap((record) => record.inputs)
    .filter(({ path }) => !current.has(resolve(path)));
  for (const input of [...inputs, ...others]) {
    const key = keyOf(input, identity);
    // By digest, a second copy is the first one again.
    if (finished.has(key) || pending.has(key)) skipped.push(input);
    else pending.set(key, input);
  }
  return { inputs: [...pending.values()], skipped, outdated };
}

function keyOf({ path, size, mtimeMs, digest }: FinishedInput, identity: Identity): string {
  return identity === 'digest' ? String(digest) : `${size} ${mtimeMs} ${resolve(path)}`;
}

/** SHA-256 of a file, in hexadecimal digits. */
export async function fileDigest(path: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const piece of createReadStream(path)) digest.update(piece as Buffer);
  return digest.digest('hex');
}
