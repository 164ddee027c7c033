import { STATE_LISTEN } from '../../table/names.js';
import type { ProcessInfo, RawTable, Snapshot } from '../../snapshot.js';
import type { Base } from '../deltaPayload.js';
import type { TablePair } from './baseTables.js';

const WORD_BYTES = 4;

/** Columns of `extras`: the process that owned a connection last, and the snapshot in which it did. */
const LAST_OWNER_PID = 'lastOwnerPid';
const LAST_OWNER_SNAPSHOT = 'lastOwnerSnapshot';

/**
 * Connections outlive their owners: in TIME_WAIT nobody owns them any more. This adds who owned them last, as columns beside the
 * rows, from the snapshot before, and keeps what is known of owners that have ended since.
 *
 * @param number of the snapshot before, in its file
 */
export function addLastOwners(
  snapshot: Snapshot,
  base: Base,
  number: number,
  pairs: readonly (TablePair | undefined)[],
): Snapshot {
  const owners = new Set<number>();
  const tables = snapshot.tables.map((table, i): RawTable => {
    const pair = pairs[i];
    if (pair === undefined) return table;
    const columns = lastOwners(pair, base.metadata.tables[pair.place]!.extras, number);
    if (columns === undefined) return table;
    for (const pid of columns.pids) if (pid !== 0) owners.add(pid);
    const added = {
      [LAST_OWNER_PID]: bytesOf(columns.pids),
      [LAST_OWNER_SNAPSHOT]: bytesOf(columns.snapshots),
    };
    return { ...table, extras: { ...table.extras, ...added } };
  });
  if (owners.size === 0) return snapshot;
  const ended = endedOwners(owners, snapshot.processes ?? [], base);
  return { ...snapshot, tables, ...(ended.length > 0 && { endedProcesses: ended }) };
}

/** undefined where no row needs one. */
function lastOwners(
  { earlier, later, rows }: TablePair,
  extras: RawTable['extras'],
  number: number,
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
    snapshots[row] = owner === 0 ? known!.snapshots[pair]! : number;
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
  return { pids: numbersOf(pids), snapshots: numbersOf(snapshots) };
}

/** What was known of these processes, where they are not there any more, or their pid is another's. */
function endedOwners(
  owners: ReadonlySet<number>,
  processes: readonly ProcessInfo[],
  { metadata }: Base,
): ProcessInfo[] {
  const living = new Map(processes.map((process) => [process.pid, process]));
  const ended: ProcessInfo[] = [];
  const taken = new Set<number>();
  // One that has ended before comes first: of two with one pid, it is the owner.
  for (const process of [...(metadata.endedProcesses ?? []), ...(metadata.processes ?? [])]) {
    if (!owners.has(process.pid) || taken.has(process.pid)) continue;
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

function numbersOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % WORD_BYTES === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / WORD_BYTES);
}
