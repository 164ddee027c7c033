import { wordsOf } from '../../bytes.js';
import { STATE_LISTEN } from '../../table/names.js';
import type { ProcessInfo, RawTable, Snapshot } from '../../snapshot.js';
import type { Base } from '../deltaPayload.js';
import type { TablePair } from './baseTables.js';

const WORD_BYTES = 4;

/** Columns of `extras`: the process that owned a connection last, and the snapshot in which it did. */
const LAST_OWNER_PID = 'lastOwnerPid';
const LAST_OWNER_SNAPSHOT = 'lastOwnerSnapshot';

/** A snapshot's number that tells only that it is in a file before this one. */
export const IN_ANOTHER_FILE = 0xffffffff;

/** The snapshot before another one. */
export interface EarlierSnapshot {
  readonly base: Base;
  /** Its number in the file of the other one, or IN_ANOTHER_FILE. */
  readonly number: number;
}

/**
 * Connections outlive their owners: in TIME_WAIT nobody owns them any more. This adds who owned them last, as columns beside the
 * rows, from the snapshot before, and keeps what is known of owners that have ended since.
 */
export function addLastOwners(
  snapshot: Snapshot,
  { base, number }: EarlierSnapshot,
  pairs: readonly (TablePair | undefined)[],
): Snapshot {
  const owners: Owners = { before: new Set(), earlier: new Set() };
  const tables = snapshot.tables.map((table, i): RawTable => {
    const pair = pairs[i];
    if (pair === undefined) return table;
    const columns = lastOwners(pair, base.metadata.tables[pair.place]!.extras, number, owners);
    if (columns === undefined) return table;
    const added = {
      [LAST_OWNER_PID]: bytesOf(columns.pids),
      [LAST_OWNER_SNAPSHOT]: bytesOf(columns.snapshots),
    };
    return { ...table, extras: { ...table.extras, ...added } };
  });
  if (owners.before.size + owners.earlier.size === 0) return snapshot;
  const ended = endedOwners(owners, snapshot.processes ?? [], base);
  return { ...snapshot, tables, ...(ended.length > 0 && { endedProcesses: ended }) };
}

/** Pids of last owners: of rows that they owned in the snapshot before, and of those that had none any more even then. */
interface Owners {
  readonly before: Set<number>;
  readonly earlier: Set<number>;
}

/** undefined where no row needs one. */
function lastOwners(
  { earlier, later, rows }: TablePair,
  extras: RawTable['extras'],
  number: number,
  owners: Owners,
): { pids: Uint32Array; snapshots: Uint32Array } | undefined {
  const { pidWord, stateWord } = later;
  if (pidWord === undefined || stateWord === undefined) return undefined;
  const known = knownOwners(extras, earlier.count);
  const [pids, snapshots] = [new Uint32Array(later.count), new Uint32Array(later.count)];
  let found = false;
  for (let row = 0; row < later.count; row++) {
    const at = later.firstWord + row * later.rowWords;
    const pair = rows[row]!;
    if (pair === -1 || later.words[at + pidWord] !== 0 || later.words[at + stateWord] === STATE_LISTEN)
      continue;
    const owner = earlier.words[earlier.firstWord + pair * earlier.rowWords + pidWord]!;
    const pid = owner === 0 ? (known?.pids[pair] ?? 0) : owner;
    if (pid === 0) continue;
    pids[row] = pid;
    snapshots[row] = owner === 0 && number !== IN_ANOTHER_FILE ? known!.snapshots[pair]! : number;
    (owner === 0 ? owners.earlier : owners.before).add(pid);
    found = true;
  }
  return found ? { pids, snapshots } : undefined;
}

/** The columns of the snapshot before. */
function knownOwners(
  extras: RawTable['extras'],
  rows: number,
): { pids: Uint32Array; snapshots: Uint32Array } | undefined {
  const [pids, snapshots] = [extras?.[LAST_OWNER_PID], extras?.[LAST_OWNER_SNAPSHOT]];
  if (pids?.length !== rows * WORD_BYTES || snapshots?.length !== rows * WORD_BYTES) return undefined;
  return { pids: wordsOf(pids), snapshots: wordsOf(snapshots) };
}

/** What was known of these processes, where they are not there any more, or their pid is another's. */
function endedOwners(
  owners: Owners,
  processes: readonly ProcessInfo[],
  { metadata: { endedProcesses = [], processes: before = [] } }: Base,
): ProcessInfo[] {
  const living = new Map(processes.map((process) => [process.pid, process]));
  const ended: ProcessInfo[] = [];
  const taken = new Set<number>();
  const candidates = [
    // One that had ended before owned nothing in the snapshot before, whoever has its pid now.
    ...endedProcesses.filter(({ pid }) => owners.earlier.has(pid)),
    ...before.filter(({ pid }) => owners.earlier.has(pid) || owners.before.has(pid)),
  ];
  for (const process of candidates) {
    if (taken.has(process.pid)) continue;
    taken.add(process.pid);
    const now = living.get(process.pid);
    const isSame = now?.name === process.name && now.startUtcMicroseconds === process.startUtcMicroseconds;
    if (!isSame) ended.push(process);
  }
  return ended;
}

function bytesOf(numbers: Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
