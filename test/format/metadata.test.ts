import { describe, expect, test } from 'vitest';
import { encodeSnapshotFile, openSnapshots, type Snapshot } from '../../dist/core/index.js';
import { checkMetadata } from '../../dist/core/file/metadata.js';
import { WEB_PRIMITIVES } from '../../dist/core/file/primitives.js';
import { startOfRecording } from '../../dist/core/file/recording/position.js';
import { RecordingEncoder } from '../../dist/core/file/recording/recordingEncoder.js';
import { secondOf } from '../reference/encodeRecording.js';

/** Where a frame has its type: 2 is a delta. */
const FRAME_TYPE_AT = 4;

const SNAPSHOT: Snapshot = {
  tool: { name: 'tcpscope', version: '0.1.0', runtime: 'node' },
  provider: 'iphlpapi',
  machine: {
    clock: { source: 'tsc', synchronized: true, offsetMicroseconds: -12, maxErrorMicroseconds: 5 },
    portRanges: [{ kind: 'dynamic', first: 0, last: 65_535, protocol: 'TCP', family: 'IPv6' }],
    interfaces: [{ name: 'eth0', address: 'fe80::1', prefixLength: 64, mac: '00:00:00:00:00:00', scope: 2 }],
    network: 'compartment 1',
    virtualization: [],
  },
  statistics: [
    {
      source: 'here',
      name: 'TCP',
      counters: { a: 0, b: -1, c: 2 ** 53 - 1, d: 18_446_744_073_709_551_615n },
    },
  ],
  processes: [
    {
      pid: 4,
      name: 'x',
      parentPid: 0,
      user: 'S-1-5-18',
      userName: 'NT AUTHORITY\\SYSTEM',
      session: 0,
      commandLine: '',
    },
  ],
  tables: [
    {
      class: 'tcp-owner-module',
      scope: 'all',
      synthesized: false,
      undocumented: true,
      extras: { module: Uint8Array.of(1, 0, 0, 0), later: Uint8Array.of() },
      modules: [{ name: 'a', path: 'b' }, { name: 'c' }],
      bytes: Uint8Array.of(0, 0, 0, 0),
    },
  ],
};

test('all that a capture may tell is there again when the file is read', async () => {
  const file = await openSnapshots(await encodeSnapshotFile(SNAPSHOT));
  expect(await file.at(0)).toEqual(SNAPSHOT);
});

describe('what is not as the format says is refused, and the key is named', () => {
  const stored = {
    ...SNAPSHOT.tables[0],
    encoding: 0,
    length: 4,
    storedLength: 4,
    sha256: new Uint8Array(32),
  };
  const { machine } = SNAPSHOT;
  const [range] = machine!.portRanges!;
  const process = { pid: 1, name: 'x' };
  const counters = (value: unknown) => ({ statistics: [{ source: 's', name: 'n', counters: { a: value } }] });

  test.each<[change: object, message: string]>([
    [{ machine: [] }, 'machine should be a map'],
    [{ machine: { clock: { synchronized: true } } }, 'machine.clock.source is missing'],
    [
      { machine: { clock: { source: 'tsc', offsetMicroseconds: 0.5 } } },
      'machine.clock.offsetMicroseconds should be an integer from −2^53+1 to 2^53−1',
    ],
    [
      { machine: { portRanges: [range, { ...range, last: 65_536 }] } },
      'machine.portRanges[1].last should be an integer from 0 to 65535',
    ],
    [
      { machine: { portRanges: [{ ...range, family: 4 }] } },
      'machine.portRanges[0].family should be a string',
    ],
    [{ machine: { interfaces: [{ name: 'a' }] } }, 'machine.interfaces[0].address is missing'],
    [{ machine: { virtualization: 'VMware' } }, 'machine.virtualization should be an array'],
    [{ statistics: {} }, 'statistics should be an array'],
    [counters('1'), 'statistics[0].counters.a should be an integer'],
    [counters(1.5), 'statistics[0].counters.a should be an integer'],
    [counters(null), 'statistics[0].counters.a should be an integer'],
    [
      { processes: [{ ...process, parentPid: -1 }] },
      'processes[0].parentPid should be an integer from 0 to 2^32−1',
    ],
    [{ processes: [{ ...process, user: 0 }] }, 'processes[0].user should be a string'],
    [{ processes: [{ ...process, commandLine: ['a'] }] }, 'processes[0].commandLine should be a string'],
    [{ tables: [{ ...stored, extras: [] }] }, 'tables[0].extras should be a map'],
    [{ tables: [{ ...stored, extras: { uid: [1] } }] }, 'tables[0].extras.uid should be binary'],
    [{ tables: [{ ...stored, modules: [{ path: 'x' }] }] }, 'tables[0].modules[0].name is missing'],
    [
      { tables: [{ ...stored, modules: [{ name: 'x' }, { path: 'x' }] }] },
      'tables[0].modules[1].name is missing',
    ],
    [{ tables: [{ ...stored, undocumented: 1 }] }, 'tables[0].undocumented should be true or false'],
  ])('%j', (change, message) => {
    const map = { ...SNAPSHOT, tables: [stored] };
    expect(checkMetadata(map, 0)).toBe(map);
    expect(() => checkMetadata({ ...map, ...change }, 7)).toThrow(
      expect.objectContaining({
        code: 'bad-metadata',
        offset: 7,
        message: `the metadata is not that of a snapshot: ${message}`,
      }) as Error,
    );
  });
});

describe('what no reader would accept is not written', () => {
  const wrong: Snapshot = {
    ...SNAPSHOT,
    processes: [{ pid: 7, name: 'a', startUtcMicroseconds: -11_644_473_600_000_000 }],
  };
  const message = 'processes[0].startUtcMicroseconds should be an integer from 0 to 2^53−1';

  test('as a file', async () => {
    await expect(encodeSnapshotFile(wrong)).rejects.toThrow(message);
  });

  test('in a recording, which goes on without it', async () => {
    const encoder = new RecordingEncoder(WEB_PRIMITIVES, startOfRecording(new Uint8Array(8)));
    await encoder.snapshot(SNAPSHOT);
    encoder.commit();
    await expect(encoder.snapshot(wrong)).rejects.toThrow(message);
    await encoder.snapshot(SNAPSHOT);
    encoder.commit();
    expect(encoder.position.snapshotCount).toBe(2);
  });

  test('as a delta', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => [5, 1, i, 2, 443, 42, 0]);
    const encoder = new RecordingEncoder(WEB_PRIMITIVES, startOfRecording(new Uint8Array(8)));
    await encoder.snapshot(secondOf(0, rows));
    encoder.commit();
    await expect(encoder.snapshot({ ...secondOf(1, rows), processes: wrong.processes! })).rejects.toThrow(
      message,
    );
    const { bytes } = await encoder.snapshot(secondOf(1, rows));
    expect(bytes[FRAME_TYPE_AT]).toBe(2);
  });
});
