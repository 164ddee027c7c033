import { SnapshotError } from '../errors.js';
import type { RawTable, Snapshot } from '../snapshot.js';
import type { Gap, Repair } from './noteFrames.js';
import { SHA256_BYTES } from './sha256.js';

/** How a table's bytes are stored in its frame. */
export const TABLE_ENCODINGS = {
  verbatim: 0,
  /** Reserved: deflate (RFC 1951). */
  deflate: 1,
  /** Differences to a table of an earlier snapshot, as version 1.1 of the format has them: only read. */
  differences: 2,
  /** Rows of a table of an earlier snapshot, and the values that these do not have. */
  rows: 3,
} as const;

/** A table in the metadata: how it was taken, and where in the frame its bytes are. */
export interface StoredTable extends Omit<RawTable, 'bytes'> {
  /** One of TABLE_ENCODINGS. */
  readonly encoding: number;
  /** Bytes of the raw table. */
  readonly length: number;
  /** Bytes that it takes in the frame, padding not counted. */
  readonly storedLength: number;
  /** SHA-256 of the raw table. */
  readonly sha256: Uint8Array;
  /** The place of the table in its base that it is made from. */
  readonly baseTable?: number;
}

export interface SnapshotMetadata extends Omit<Snapshot, 'tables'> {
  readonly tables: readonly StoredTable[];
}

/**
 * Checks that a decoded map is the metadata of a snapshot, as docs/format.md describes it. Unknown keys stay on it.
 *
 * @param isShared whether its objects may be those of other snapshots: one that was found right is not looked at again then
 * @throws SnapshotError `bad-metadata`, naming the key
 */
export function checkMetadata(
  map: Record<string, unknown>,
  fileOffset: number,
  isShared = false,
): SnapshotMetadata {
  return checked(map, snapshot, 'a snapshot', fileOffset, isShared) as SnapshotMetadata;
}

/**
 * Checks of the metadata of a snapshot what its tables are restored by, and nothing else: enough for one that only others are made from.
 *
 * @throws SnapshotError `bad-metadata`, naming the key
 */
export function checkStoredTables(
  metadata: Record<string, unknown>,
  fileOffset: number,
): Pick<SnapshotMetadata, 'tables'> {
  return checked(metadata, withTables, 'a snapshot', fileOffset) as Pick<SnapshotMetadata, 'tables'>;
}

/** Checks the metadata of a gap in the same way. */
export function checkGap(map: Record<string, unknown>, fileOffset: number): Gap {
  return checked(map, gap, 'a gap', fileOffset) as Gap;
}

/** The same for the note of a recording that was continued. */
export function checkRepair(map: Record<string, unknown>, fileOffset: number): Repair {
  return checked(map, repair, 'a repair', fileOffset) as Repair;
}

function checked(map: object, check: Check, what: string, fileOffset: number, isShared = false): object {
  const mismatch = check(map, isShared);
  if (mismatch === undefined) return map;
  const key = mismatch.key.replace(/^\./, '');
  const message = `the metadata is not that of ${what}: ${key} ${mismatch.reason}`;
  throw new SnapshotError('bad-metadata', message, { offset: fileOffset });
}

/** A value that is not what its key should hold. */
interface Mismatch {
  /** The way to it: `.processes[3].pid`. Only put together where something is wrong. */
  readonly key: string;
  readonly reason: string;
}

/** Returns what is wrong with a value. */
type Check = (value: unknown, isShared: boolean) => Mismatch | undefined;

const shouldBe = (expected: string): Mismatch => ({ key: '', reason: `should be ${expected}` });
const within = (place: string, { key, reason }: Mismatch): Mismatch => ({ key: place + key, reason });

const check = (expected: string, accepts: (value: unknown) => boolean): Check => {
  const mismatch = shouldBe(expected);
  return (value) => (accepts(value) ? undefined : mismatch);
};

const text = check('a string', (value) => typeof value === 'string');
const flag = check('true or false', (value) => typeof value === 'boolean');
const uint = check(
  'an integer from 0 to 2^53−1',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);
const uint32 = check(
  'an integer from 0 to 2^32−1',
  (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffffffff,
);
const binary = check('binary', (value) => value instanceof Uint8Array);
const digest = check(
  `${SHA256_BYTES} bytes`,
  (value) => value instanceof Uint8Array && value.length === SHA256_BYTES,
);

const NO_ARRAY = shouldBe('an array');
const NO_MAP = shouldBe('a map');

const list = (element: Check): Check => {
  const right = new WeakSet<object>();
  return (value, isShared) => {
    if (!Array.isArray(value)) return NO_ARRAY;
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      const canBeShared = isShared && typeof item === 'object' && item !== null;
      if (canBeShared && right.has(item)) continue;
      const mismatch = element(item, isShared);
      if (mismatch !== undefined) return within(`[${i}]`, mismatch);
      if (canBeShared) right.add(item);
    }
    return undefined;
  };
};

function isMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

const mapOf =
  (member: Check): Check =>
  (value, isShared) => {
    if (!isMap(value)) return NO_MAP;
    for (const [key, held] of Object.entries(value)) {
      const mismatch = member(held, isShared);
      if (mismatch !== undefined) return within(`.${key}`, mismatch);
    }
    return undefined;
  };

const map = (required: Record<string, Check>, optional: Record<string, Check> = {}): Check => {
  const requiredKeys = Object.keys(required);
  const checkOf = (key: string): Check | undefined =>
    Object.hasOwn(required, key) ? required[key] : Object.hasOwn(optional, key) ? optional[key] : undefined;
  /** Of the last map: the next one mostly has the same keys. No required one is missing among them. */
  let known: { readonly keys: readonly string[]; readonly checks: readonly (Check | undefined)[] } = {
    keys: [],
    checks: [],
  };
  return (value, isShared) => {
    if (!isMap(value)) return NO_MAP;
    if (known.keys.length === 0 || !hasKeys(value, known.keys)) {
      for (const key of requiredKeys) {
        if (!Object.hasOwn(value, key)) return { key: `.${key}`, reason: 'is missing' };
      }
      const keys = Object.keys(value);
      known = { keys, checks: keys.map(checkOf) };
    }
    const { keys, checks: ofKeys } = known;
    for (let i = 0; i < keys.length; i++) {
      const mismatch = ofKeys[i]?.(value[keys[i]!], isShared);
      if (mismatch !== undefined) return within(`.${keys[i]}`, mismatch);
    }
    return undefined;
  };
};

/** Whether a map has these keys, in this order, and no others. */
function hasKeys(value: Record<string, unknown>, keys: readonly string[]): boolean {
  let count = 0;
  for (const key in value) if (keys[count++] !== key) return false;
  return count === keys.length;
}

const storedTable = map(
  {
    class: text,
    scope: text,
    synthesized: flag,
    encoding: uint,
    length: uint,
    storedLength: uint,
    sha256: digest,
  },
  {
    baseTable: uint,
    function: text,
    functionClass: uint32,
    undocumented: flag,
    order: flag,
    calls: uint,
    retries: uint,
    sizeAllocated: uint,
    sizeReported: uint,
    monotonicMicroseconds: uint,
    elapsedMicroseconds: uint,
    ownersUnresolved: uint,
    extras: mapOf(binary),
    modules: list(map({ name: text }, { path: text })),
  },
);

const withTables = map({ tables: list(storedTable) });

const int = check('an integer from −2^53+1 to 2^53−1', Number.isSafeInteger);
const counter = check('an integer', (value) => typeof value === 'bigint' || Number.isSafeInteger(value));
const port = check(
  'an integer from 0 to 65535',
  (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535,
);

const machineInfo = map(
  {},
  {
    clock: map({ source: text }, { synchronized: flag, offsetMicroseconds: int, maxErrorMicroseconds: uint }),
    portRanges: list(map({ kind: text, first: port, last: port }, { protocol: text, family: text })),
    interfaces: list(map({ name: text, address: text }, { prefixLength: uint, mac: text, scope: uint32 })),
    network: text,
    virtualization: list(text),
  },
);

const processInfo = map(
  { pid: uint32, name: text },
  {
    path: text,
    startUtcMicroseconds: uint,
    parentPid: uint32,
    user: text,
    userName: text,
    session: uint32,
    commandLine: text,
  },
);

const toolInfo = map({ name: text, version: text, runtime: text }, { arguments: list(text) });
const captureTime = map({ utcMicroseconds: uint, monotonicMicroseconds: uint });
const tick = map({ number: uint, intervalMicroseconds: uint, lateMicroseconds: uint });

const gap = map({ time: captureTime, reason: text }, { tick });
const repair = map({ time: captureTime, tool: toolInfo, offset: uint, cutBytes: uint }, { cut: binary });

const snapshot = map(
  {
    tool: toolInfo,
    provider: text,
    tables: list(storedTable),
  },
  {
    time: captureTime,
    tick,
    host: map(
      { name: text, os: text, osRelease: text, osVersion: text, architecture: text },
      { bootUtcMicroseconds: uint },
    ),
    machine: machineInfo,
    statistics: list(map({ source: text, name: text, counters: mapOf(counter) })),
    elevated: flag,
    processes: list(processInfo),
    endedProcesses: list(processInfo),
    unreadable: list(map({ what: text, reason: text })),
    note: text,
    imported: map({ fileName: text, utcMicroseconds: uint }),
  },
);
