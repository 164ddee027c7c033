import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { unitId, type DatasetOptions, type FinishedInput, type UnitRecord } from './outputFolder.js';
import type { Unit } from './runUnit.js';

/** How finished inputs are recognised: by path, size and time, or by what is in them, wherever they are. */
export const IDENTITIES = ['time', 'digest'] as const;
export type Identity = (typeof IDENTITIES)[number];

/** A unit has so many inputs, where there are as many. */
export const LEAST_UNIT_INPUTS = 16;
/** A unit has at most so many inputs and, but for a larger one alone, so many bytes. */
const UNIT_INPUTS = 2048;
const UNIT_BYTES = 64 << 20;
/** So many units for each worker, where there are inputs enough, so that all end at about the same time, and little is lost by a stop. */
const UNITS_PER_JOB = 8;

export interface Plan {
  readonly units: readonly Unit[];
  /** Inputs that an earlier run has finished. */
  readonly skipped: readonly FinishedInput[];
  /** Units of earlier runs with an input that has changed since: they go, and their other inputs are done again. */
  readonly outdated: readonly UnitRecord[];
}

/** What is left to do. */
export function planUnits(
  inputs: readonly FinishedInput[],
  records: readonly UnitRecord[],
  options: DatasetOptions,
  identity: Identity,
  jobs: number,
): Plan {
  // By path, inputs are different ones already.
  if (records.length === 0 && identity === 'time')
    return { units: groupInputs(inputs, options, jobs), skipped: [], outdated: [] };
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
  return { units: groupInputs([...pending.values()], options, jobs), skipped, outdated };
}

function keyOf({ path, size, mtimeMs, digest }: FinishedInput, identity: Identity): string {
  return identity === 'digest' ? String(digest) : `${size} ${mtimeMs} ${resolve(path)}`;
}

/** Small inputs together, so that what every unit costs counts little. */
function groupInputs(inputs: readonly FinishedInput[], options: DatasetOptions, jobs: number): Unit[] {
  const share = Math.ceil(inputs.length / (jobs * UNITS_PER_JOB));
  const most = Math.max(LEAST_UNIT_INPUTS, Math.min(UNIT_INPUTS, share));
  const units: Unit[] = [];
  let group: FinishedInput[] = [];
  let bytes = 0;
  const end = (): void => {
    if (group.length > 0) units.push({ id: unitId(group, options), inputs: group });
    group = [];
    bytes = 0;
  };
  for (const input of inputs) {
    if (group.length === most || bytes + input.size > UNIT_BYTES) end();
    group.push(input);
    bytes += input.size;
  }
  end();
  return units;
}

/** SHA-256 of a file, in hexadecimal digits. */
export async function fileDigest(path: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const piece of createReadStream(path)) digest.update(piece as Buffer);
  return digest.digest('hex');
}
