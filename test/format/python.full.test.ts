// reader.py was written from docs/format.md alone. What it reads must be what tcpscope says of the same file.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONNECTION_KEYS } from 'tcpscope/core';
import {
  PYTHON,
  readAllWithPython,
  readWithPython,
  SKIPPED,
  type Json,
  type PythonSnapshot,
  type Reading,
  type Row,
} from '../reference/pythonReader.js';

const CLI = fileURLToPath(new URL('../../dist/node/tcpscope.cjs', import.meta.url));
const HEADER = 32; // bytes of the file header, and of a frame header
const MAGIC = 12;

describe.skipIf(PYTHON === undefined)(`a reader in Python, written from docs/format.md${SKIPPED}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcpscope-reader-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs tcpscope; exit code 1 (some input is damaged) is right too where `damaged` says so. */
  function tcpscope(args: readonly string[], { damaged = false } = {}): string {
    const options = { encoding: 'utf8', cwd: folder, maxBuffer: 1 << 28 } as const;
    const result = spawnSync(process.execPath, [CLI, ...args], options);
    expect([result.stderr, result.status]).toEqual([
      expect.any(String),
      damaged ? expect.toBeOneOf([0, 1]) : 0,
    ]);
    return result.stdout;
  }

  /** The path of a snapshot file that tcpscope makes of these bytes. */
  function importDump(name: string, dump: Uint8Array): string {
    writeFileSync(join(folder, `${name}.bin`), dump);
    tcpscope(['import', `${name}.bin`, '--table', 'tcp2', '-o', `${name}.tcpsnap`]);
    return join(folder, `${name}.tcpsnap`);
  }

  /** Compares everything that reader.py and tcpscope say of an intact file. */
  function expectAgreement(file: string): PythonSnapshot[] {
    const { exit, snapshots, problems } = readWithPython(file);
    expect({ exit, problems }).toEqual({ exit: 0, problems: [] });
    const info = JSON.parse(tcpscope(['info', '--json', file])) as { snapshots: Json[]; problems: unknown[] };
    expect(info.problems).toEqual([]);
    expect(info.snapshots).toEqual(snapshots.map(infoOf));
    for (const { number, metadata, tables } of snapshots) {
      const columns = CONNECTION_KEYS.join(',');
      const show = tcpscope([
        'show',
        '--format',
        'json',
        '--columns',
        columns,
        '--snapshot',
        String(number),
        file,
      ]);
      const shown = (JSON.parse(show) as { connections: Json[] }).connections;
      const expected = tables.flatMap(({ rows }) => rows ?? []).map((row) => connectionOf(row, metadata));
      expect(inAnyOrder(shown)).toEqual(inAnyOrder(expected));
      expect(tables.every((table) => table.sha256_ok)).toBe(true);
    }
    return [...snapshots];
  }

  describe('reads imported dumps as tcpscope does', () => {
    const states = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 99, 100, 101, 0x7fffffff, 0xffffffff];
    test.each<[string, readonly Row[], Uint8Array]>([
      ['no rows', [], Buffer.alloc(0)],
      ['no rows but slack', [], Buffer.from('slack')],
      ['one row', [randomRow()], Buffer.alloc(0)],
      ['random rows', Array.from({ length: 1000 }, randomRow), Buffer.alloc(0)],
      ['slack', Array.from({ length: 3 }, randomRow), randomBytes(1024)],
      ['slack of one row', Array.from({ length: 3 }, randomRow), dumpOf([randomRow()]).subarray(4)],
      ['unknown states', states.map((state) => withState(state)), Buffer.alloc(0)],
      ['extremes', [row(0), row(0xff)], Buffer.alloc(0)],
      ['equal rows', [row(5), row(5), row(5)], Buffer.alloc(0)],
    ])('%s', (name, rows, slack) => {
      for (const garbage of ['zero', 'random'] as const) {
        const dump = Buffer.concat([dumpOf(rows, garbage), slack]);
        const file = importDump(`${name.replaceAll(' ', '-')}-${garbage}`, dump);
        const [snapshot] = expectAgreement(file);
        expect(snapshot?.tables).toEqual([
          { class: 'tcp2', sha256_ok: true, rows, slack: Buffer.from(slack).toString('hex') },
        ]);
        expect(execFileSync(process.execPath, [CLI, 'raw', file]).equals(dump)).toBe(true);
        expect(tableOf(snapshot)['sha256']).toBe(createHash('sha256').update(dump).digest('hex'));
      }
    });
  });

  test.runIf(process.platform === 'linux')('reads a capture as tcpscope does', () => {
    const file = join(folder, 'capture.tcpsnap');
    tcpscope(['capture', '--note', 'ä → 𝄞', file, '--table', 'tcp2']);
    const [snapshot] = expectAgreement(file);
    expect(snapshot?.metadata).toMatchObject({ provider: 'netlink', note: 'ä → 𝄞', host: { os: 'Linux' } });
  });

  test('reads several snapshots in one file as tcpscope does', () => {
    const several = joinFiles([0, 1, 2].map((n) => importDump(`several-${n}`, dumpOf(randomRows(n)))));
    const file = join(folder, 'several.tcpsnap');
    writeFileSync(file, several);
    expect(expectAgreement(file).map(({ number }) => number)).toEqual([0, 1, 2]);
  });

  test('refuses what is no snapshot file, and a newer version', () => {
    const bytes = readFileSync(importDump('refused', dumpOf([])));
    bytes.writeUInt16LE(2, MAGIC);
    sealHeader(bytes, 0);
    writeFileSync(join(folder, 'newer.tcpsnap'), bytes);
    writeFileSync(join(folder, 'empty.tcpsnap'), '');
    const readings = readAllWithPython(
      ['newer.tcpsnap', 'empty.tcpsnap', 'refused.bin'].map((name) => join(folder, name)),
    );
    expect(readings.map(({ exit }) => exit)).toEqual([2, 2, 2]);
  });

  test('passes over what a later minor version may add', () => {
    const parts = [0, 1].map((n) => importDump(`minor-${n}`, dumpOf(randomRows(1))));
    const bytes = joinFiles(parts);
    bytes.writeUInt16LE(7, MAGIC + 2);
    bytes.writeUInt32LE(0xffffffff, 24);
    sealHeader(bytes, 0);
    bytes.writeUInt16LE(0xffff, HEADER + 6);
    sealHeader(bytes, HEADER);
    const end = readFileSync(parts[0] ?? '').length;
    const second = bytes.subarray(end);
    const file = join(folder, 'minor.tcpsnap');
    const frame = Buffer.concat([second.subarray(0, HEADER), Buffer.from('later'), Buffer.alloc(4)]);
    frame.writeUInt16LE(99, 4);
    frame.writeBigUInt64LE(5n, 16);
    sealHeader(frame, 0);
    frame.writeUInt32LE(crc32('later'), HEADER + 5);
    second.writeUInt32LE(2, 24);
    sealHeader(second, 0);
    writeFileSync(file, Buffer.concat([bytes.subarray(0, end), frame, second]));
    const { exit, snapshots, problems } = readWithPython(file);
    expect({ exit, problems, numbers: snapshots.map(({ number }) => number) }).toEqual({
      exit: 0,
      problems: [],
      numbers: [0, 2],
    });
    tcpscope(['verify', file]);
  });

  describe('trusts nothing that is damaged', () => {
    /** Writes variants of a file and reads them, with reader.py and with tcpscope. */
    function readVariants(
      name: string,
      variants: readonly Uint8Array[],
    ): { files: string[]; readings: Reading[] } {
      mkdirSync(join(folder, name));
      const files = variants.map((bytes, i) => {
        writeFileSync(join(folder, name, String(i)), bytes);
        return join(folder, name, String(i));
      });
      return { files, readings: readAllWithPython(files) };
    }

    /** Whatever is printed as whole is as it was. */
    function expectNothingFalse(reading: Reading, original: readonly PythonSnapshot[]): void {
      for (const { tables, ...snapshot } of reading.snapshots.map(withoutPlace)) {
        const { tables: originalTables, ...rest } = withoutPlace(original[snapshot.number]!);
        expect(snapshot).toEqual(rest);
        expect(tables).toHaveLength(originalTables.length);
        for (const [i, table] of tables.entries()) {
          const damaged = { ...originalTables[i], sha256_ok: false, rows: null, slack: null };
          expect(table).toEqual(table.sha256_ok ? originalTables[i] : damaged);
        }
      }
    }

    const flips = (bytes: Uint8Array): Uint8Array[] =>
      Array.from(bytes, (byte, i) => bytes.with(i, byte ^ (1 << randomInt(8))));

    test('one flipped bit in any byte', () => {
      const bytes = readFileSync(
        importDump('flips', Buffer.concat([dumpOf(randomRows(2)), Buffer.from('slack')])),
      );
      const original = readWithPython(join(folder, 'flips.tcpsnap')).snapshots;
      const { files, readings } = readVariants('flipped', flips(bytes));
      for (const [i, reading] of readings.entries()) {
        expect(reading.exit, `bit in byte ${i}`).toBe(i < MAGIC ? 2 : 1);
        expectNothingFalse(reading, original);
      }
      expectSameTrust(files.slice(MAGIC), readings.slice(MAGIC));
    });

    test('one flipped bit in a file of several snapshots costs the one in which it is', () => {
      const parts = [1, 0, 2].map((n, i) => importDump(`part-${i}`, dumpOf(randomRows(n))));
      const bytes = joinFiles(parts);
      writeFileSync(join(folder, 'joined.tcpsnap'), bytes);
      const original = readWithPython(join(folder, 'joined.tcpsnap')).snapshots;
      const starts = parts.map((_, i) =>
        parts.slice(0, i).reduce((sum, part) => sum + readFileSync(part).length - HEADER, HEADER),
      );
      const { files, readings } = readVariants('joined', flips(bytes));
      for (const [i, reading] of readings.entries()) {
        expect(reading.exit, `bit in byte ${i}`).toBe(i < MAGIC ? 2 : 1);
        expectNothingFalse(reading, original);
        const hit = starts.findLastIndex((start) => start <= i);
        const others = i < MAGIC ? [] : original.filter(({ number }) => number !== hit);
        const read = reading.snapshots.filter(({ number }) => number !== hit);
        expect(read.map(withoutPlace)).toEqual(others.map(withoutPlace));
      }
      expectSameTrust(files.slice(MAGIC), readings.slice(MAGIC));
    });

    test('bytes missing from a frame, or too many, cost that frame only', () => {
      const parts = [2, 2, 2].map((n, i) => importDump(`cut-${i}`, dumpOf(randomRows(n))));
      const bytes = joinFiles(parts);
      writeFileSync(join(folder, 'cut.tcpsnap'), bytes);
      const original = readWithPython(join(folder, 'cut.tcpsnap')).snapshots;
      const end = readFileSync(parts[0] ?? '').length;
      const variants = Array.from({ length: end - HEADER }, (_, i) => {
        const at = HEADER + i;
        const missing = Buffer.concat([
          bytes.subarray(0, at),
          bytes.subarray(Math.min(end, at + randomInt(1, 100))),
        ]);
        const tooMany = Buffer.concat([
          bytes.subarray(0, at),
          randomBytes(randomInt(1, 100)),
          bytes.subarray(at),
        ]);
        return [missing, tooMany];
      }).flat();
      for (const reading of readVariants('cut', variants).readings) {
        expect(reading.exit).toBe(1);
        expectNothingFalse(reading, original);
        const read = reading.snapshots.filter(({ number }) => number > 0);
        expect(read.map(withoutPlace)).toEqual(original.slice(1).map(withoutPlace));
      }
    });

    test('frames that are missing, or in another order, show', () => {
      const parts = [0, 1, 2].map((n) => importDump(`order-${n}`, dumpOf(randomRows(1))));
      const bytes = joinFiles(parts);
      const [header, ...frames] = cutUp(bytes, parts);
      const arranged = (renumbered: boolean, ...order: readonly number[]): Buffer => {
        const chosen = order.map((n, i) => {
          const frame = Buffer.from(frames[n] ?? '');
          if (renumbered) frame.writeUInt32LE(i, 24);
          sealHeader(frame, 0);
          return frame;
        });
        return Buffer.concat([header ?? '', ...chosen].map((part) => Buffer.from(part)));
      };
      const whole = [
        arranged(false, 0, 1, 2),
        arranged(true, 0, 1, 2),
        arranged(false, 0),
        // Numbered anew, it may continue the chain of another file.
        arranged(true, 1, 2),
      ];
      const orders = [
        [0, 2],
        [0, 2, 1],
        [1, 0, 2],
        [0, 0, 1, 2],
      ];
      const misnumbered = [[1, 2], ...orders].map((order) => arranged(false, ...order));
      const wrong = [...misnumbered, ...orders.map((order) => arranged(true, ...order))];
      const { files, readings } = readVariants('order', [...whole, ...wrong]);
      expect(readings.map(({ exit }) => exit)).toEqual([...whole.map(() => 0), ...wrong.map(() => 1)]);
      for (const { problems } of readings.slice(whole.length, whole.length + misnumbered.length))
        expect(problems.some(({ problem }) => /frame \d stands where frame \d should/.test(problem))).toBe(
          true,
        );
      const verified = files.map((file) => spawnSync(process.execPath, [CLI, 'verify', file]).status);
      expect(verified).toEqual(readings.map(({ exit }) => exit));
    });

    test('a file that ends too early, anywhere', () => {
      const bytes = readFileSync(importDump('short', dumpOf(randomRows(2))));
      const original = readWithPython(join(folder, 'short.tcpsnap')).snapshots;
      const lengths = Array.from(bytes.keys());
      const { readings } = readVariants(
        'shortened',
        lengths.map((length) => bytes.subarray(0, length)),
      );
      for (const [length, reading] of readings.entries()) {
        expect(reading.exit, `${length} bytes`).toBe(length < MAGIC ? 2 : 1);
        expectNothingFalse(reading, original);
      }
    });

    /** reader.py and tcpscope trust the same snapshots and the same tables. */
    function expectSameTrust(files: readonly string[], readings: readonly Reading[]): void {
      const info = tcpscope(['info', '--json', ...files], { damaged: true });
      type Info = {
        file: string;
        problems: unknown[];
        snapshots: { chain: string | null; problems: unknown[] }[];
      };
      const infos = info
        .split(/^(?=\{)/m)
        .filter(Boolean)
        .map((json) => JSON.parse(json) as Info);
      expect(infos.map(({ file }) => basename(file))).toEqual(files.map((file) => basename(file)));
      for (const [i, { snapshots, problems }] of infos.entries()) {
        const chains = snapshots.map(({ chain }) => chain).filter((chain) => chain !== null);
        expect(readings[i]?.snapshots.map(({ chain }) => chain)).toEqual(chains);
        expect(problems.length + snapshots.flatMap((snapshot) => snapshot.problems).length).toBeGreaterThan(
          0,
        );
      }
    }
  });
});

// What tcpscope should print, from what reader.py prints

const STATES = new Map([
  [1, 'CLOSED'],
  [2, 'LISTEN'],
  [3, 'SYN_SENT'],
  [4, 'SYN_RECEIVED'],
  [5, 'ESTABLISHED'],
  [6, 'FIN_WAIT_1'],
  [7, 'FIN_WAIT_2'],
  [8, 'CLOSE_WAIT'],
  [9, 'CLOSING'],
  [10, 'LAST_ACK'],
  [11, 'TIME_WAIT'],
  [12, 'DELETE_TCB'],
  [100, 'BOUND'],
]);
const OFFLOADS = ['InHost', 'Offloading', 'Offloaded', 'Uploading'];
const stateName = (state: number): string => STATES.get(state) ?? `UNKNOWN(${state})`;

function infoOf({ number, metadata, chain, tables }: PythonSnapshot): Json {
  const {
    time,
    host,
    imported,
    processes,
    tables: _,
    ...rest
  } = metadata as Record<string, Json | undefined>;
  const { bootUtcMicroseconds, ...system } = host ?? {};
  const states: Record<string, number> = {};
  for (const [state] of tables.flatMap(({ rows }) => rows ?? []))
    states[stateName(state)] = (states[stateName(state)] ?? 0) + 1;
  return {
    snapshot: number,
    ...rest,
    ...(time && {
      time: isoTime(time['utcMicroseconds']),
      monotonicMicroseconds: time['monotonicMicroseconds'],
    }),
    ...(host && {
      host: {
        ...system,
        ...(bootUtcMicroseconds !== undefined && { bootTime: isoTime(bootUtcMicroseconds) }),
      },
    }),
    ...(imported && {
      imported: { fileName: imported['fileName'], time: isoTime(imported['utcMicroseconds']) },
    }),
    ...(processes && { processes: processes['length'] }),
    tables: (metadata['tables'] as Json[]).map(({ encoding, length, storedLength, extras, ...entry }, i) => {
      expect({ encoding, storedLength }).toEqual({ encoding: 0, storedLength: length });
      const names = extras === undefined ? {} : { extras: Object.keys(extras as object) };
      return { ...entry, ...names, bytes: length, rows: tables[i]?.rows?.length };
    }),
    states,
    chain,
    problems: [],
  };
}

function connectionOf(
  [state, localAddress, localPort, remoteAddress, remotePort, pid, offload]: Row,
  metadata: Json,
): Json {
  const processes = (metadata['processes'] ?? []) as { pid: number; name: string }[];
  return {
    protocol: 'TCP',
    family: 'IPv4',
    state,
    stateName: stateName(state),
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
    pid,
    process: processes.find((process) => process.pid === pid)?.name ?? null,
    offload,
    offloadName: OFFLOADS[offload] ?? `UNKNOWN(${offload})`,
  };
}

function isoTime(microseconds: unknown): string {
  const milliseconds = Math.floor(Number(microseconds) / 1000);
  const rest = String(Number(microseconds) % 1000).padStart(3, '0');
  return new Date(milliseconds).toISOString().replace('Z', `${rest}Z`);
}

/** A snapshot whose frame is lost is not counted. */
function withoutPlace(read: PythonSnapshot): Omit<PythonSnapshot, 'snapshot'> {
  const { snapshot: _, ...rest } = read;
  return rest;
}

const inAnyOrder = (values: readonly Json[]): string[] => values.map((value) => JSON.stringify(value)).sort();
const tableOf = (snapshot: PythonSnapshot | undefined): Json =>
  (snapshot?.metadata['tables'] as Json[] | undefined)?.[0] ?? {};

// Dumps

const word = (): number => randomInt(2 ** 32);
const address = (): string => [...randomBytes(4)].join('.');
const randomRow = (): Row => [
  randomInt(1, 13),
  address(),
  randomInt(65536),
  address(),
  randomInt(65536),
  word(),
  randomInt(4),
];
const randomRows = (length: number): Row[] => Array.from({ length }, randomRow);

function withState(state: number): Row {
  const [, ...rest] = randomRow();
  return [state, ...rest];
}

/** A row of which every byte is `byte`. */
function row(byte: number): Row {
  const all = (length: number): number => Buffer.alloc(length, byte).readUIntLE(0, length);
  const ip = `${byte}.${byte}.${byte}.${byte}`;
  return [all(4), ip, all(2), ip, all(2), all(4), all(4)];
}

function dumpOf(rows: readonly Row[], garbage: 'zero' | 'random' = 'random'): Buffer {
  const undefinedBytes = (): Buffer => (garbage === 'random' ? randomBytes(2) : Buffer.alloc(2));
  const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
  const endpoint = (ip: string, port: number): Buffer =>
    Buffer.concat([Buffer.from([...ip.split('.').map(Number), port >> 8, port & 0xff]), undefinedBytes()]);
  return Buffer.concat([
    u32(rows.length),
    ...rows.flatMap(([state, localAddress, localPort, remoteAddress, remotePort, pid, offload]) => [
      u32(state),
      endpoint(localAddress, localPort),
      endpoint(remoteAddress, remotePort),
      u32(pid),
      u32(offload),
    ]),
  ]);
}

// Files of several snapshots, byte by byte as docs/format.md says

function sealHeader(bytes: Buffer, offset: number): void {
  bytes.writeUInt32LE(crc32(bytes.subarray(offset, offset + 28)), offset + 28);
}

/** What joinFiles made of these files: the file header, then each frame. */
function cutUp(bytes: Buffer, names: readonly string[]): Buffer[] {
  let offset = HEADER;
  const frames = names.map((name) => {
    const length = readFileSync(name).length - HEADER;
    offset += length;
    return bytes.subarray(offset - length, offset);
  });
  return [bytes.subarray(0, HEADER), ...frames];
}

/** The frames of files with one snapshot each, in one file, with a chain. */
function joinFiles(names: readonly string[]): Buffer {
  const files = names.map((name) => readFileSync(name));
  const header = (files[0] ?? Buffer.alloc(0)).subarray(0, HEADER);
  let chain: Uint8Array = new Uint8Array(32);
  const frames = files.map((file, number) => {
    const frame = Buffer.from(file.subarray(HEADER));
    header.copy(frame, 8, 16, 24);
    frame.writeUInt32LE(number, 24);
    sealHeader(frame, 0);
    const payload = frame.subarray(HEADER, -4);
    const metadata = payload.subarray(72, 72 + payload.readUInt32LE(64));
    // The key `sha256` (0xA6, then its six letters), and a binary value of 32 bytes (0xC4, 0x20).
    const sha256 = metadata.indexOf(Buffer.from('\xa6sha256\xc4\x20', 'latin1')) + 9;
    payload.set(chain, 0);
    chain = createHash('sha256')
      .update(chain)
      .update(metadata)
      .update(metadata.subarray(sha256, sha256 + 32))
      .digest();
    payload.set(chain, 32);
    frame.writeUInt32LE(crc32(payload), frame.length - 4);
    return frame;
  });
  return Buffer.concat([header, ...frames]);
}
