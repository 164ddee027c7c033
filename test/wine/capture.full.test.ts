import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Connection,
  type Snapshot,
  createDecoder,
  openSnapshots,
  verifySnapshots,
} from '../../dist/node/index.js';
import { type Sockets, openSockets } from './sockets.js';
import { type Wine, startWine, whyNoWine, windowsPath } from './wine.js';
import { type ConnectedProcess, connectUnderWine } from './connectedProcess.js';

const reason = whyNoWine();

/** Reads a file that must hold exactly one snapshot, undamaged. */
async function readSnapshot(path: string): Promise<Snapshot> {
  const opened = await openSnapshots(path);
  try {
    expect(opened).toMatchObject({ count: 1, problems: [] });
    return await opened.at(0);
  } finally {
    await opened.close();
  }
}

describe.skipIf(reason !== undefined)(
  `the packed tcpscope under Wine${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let wine: Wine;
    let folder: string;
    let sockets: Sockets;
    let connected: ConnectedProcess;
    let begun: number;
    const file = () => join(folder, 'wine.tcpsnap');

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tcpscope-capture-'));
      begun = Date.now();
      wine = await startWine();
      sockets = await openSockets();
      connected = await connectUnderWine(wine, sockets.port, join(folder, 'connected.json'));
      const result = await wine.runTcpscope(['capture', windowsPath(file()), '--note', 'taken under Wine']);
      expect(result.stderr).toBe(
        `tcpscope: wrote ${windowsPath(file())} (${readFileSync(file()).length} bytes)\n`,
      );
      expect(result).toMatchObject({ exitCode: 0, stdout: Buffer.alloc(0) });
    });
    afterAll(async () => {
      sockets?.close();
      await wine?.stop();
      rmSync(folder, { recursive: true });
    });

    describe('capture, opened on Linux', () => {
      let snapshot: Snapshot;
      let rows: Connection[];
      const rowFrom = (localPort: number, remotePort: number) =>
        rows.filter((row) => row.localPort === localPort && row.remotePort === remotePort);

      beforeAll(async () => {
        snapshot = await readSnapshot(file());
        const table = (await createDecoder()).decodeSnapshot(snapshot);
        rows = Array.from({ length: table.rowCount }, (_, i) => table.row(i));
      });

      test('tells how it was taken', () => {
        expect(snapshot).toMatchObject({
          provider: 'iphlpapi',
          tool: { name: 'tcpscope', runtime: 'node v20.20.2' },
          host: { os: 'Windows', architecture: 'x64' },
          elevated: true,
          note: 'taken under Wine',
        });
        // Wine has none of the functions that tell the module of a socket, and its netsh prints nothing.
        expect(snapshot.unreadable?.map(({ what }) => what)).toEqual([
          ...['tcp', 'tcp6', 'udp', 'udp6'].map((name) => `modules of ${name}-owner-module`),
          'clock',
          'network compartment',
          ...['TCP over IPv4', 'UDP over IPv4', 'TCP over IPv6', 'UDP over IPv6'].flatMap((name) => [
            `dynamic ports of ${name}`,
            `excluded ports of ${name}`,
          ]),
        ]);
        expect(snapshot.tables.map((taken) => taken.class)).toEqual([
          'tcp2',
          'tcp6-2',
          'tcp-owner-module',
          'tcp6-owner-module',
          'udp-owner-module',
          'udp6-owner-module',
        ]);
        const [table] = snapshot.tables;
        expect(table).toMatchObject({
          class: 'tcp2',
          function: 'GetTcpTable2',
          scope: 'all',
          order: true,
          synthesized: false,
          retries: 0,
        });
        expect(table?.calls).toBeGreaterThanOrEqual(2);
        expect(table?.sizeReported).toBe(table?.bytes.length);
        expect(table?.bytes.length).toBeGreaterThanOrEqual(4 + 28 * 5);
      });

      test('tells of the machine', async () => {
        const { machine, host } = snapshot;
        expect(machine?.interfaces).toContainEqual(expect.objectContaining({ address: '127.0.0.1' }));
        expect(machine?.virtualization).toContain('Wine');
        // For Wine the machine starts with its first process.
        const booted = host!.bootUtcMicroseconds! / 1000;
        expect(booted).toBeGreaterThan(begun - 1000);
        expect(booted).toBeLessThan(connected.startedBefore);
        const path = join(folder, 'again.tcpsnap');
        await wine.runTcpscope(['capture', windowsPath(path), '--table', 'tcp2']);
        expect((await readSnapshot(path)).host?.bootUtcMicroseconds).toBe(host!.bootUtcMicroseconds);
      });

      test('has the counters that Wine takes from the kernel', () => {
        const named = snapshot.statistics?.map(({ source, name }) => `${name}: ${source}`);
        expect(named).toEqual([
          'TCP over IPv4: GetTcpStatisticsEx',
          'TCP over IPv6: GetTcpStatisticsEx',
          'UDP over IPv4: GetUdpStatisticsEx',
          'UDP over IPv6: GetUdpStatisticsEx',
        ]);
        const opens = /^Tcp: (?:-?\d+ ){4}(\d+)/m.exec(readFileSync('/proc/net/snmp', 'latin1'))?.[1];
        const { RtoMin, ActiveOpens } = snapshot.statistics![0]!.counters;
        expect(RtoMin).toBe(200);
        expect(Number(ActiveOpens)).toBeLessThanOrEqual(Number(opens));
        expect(Number(ActiveOpens)).toBeGreaterThan(Number(opens) - 1000);
      });

      test('has the listener', () => {
        const listeners = rows.filter((row) => row.localPort === sockets.port && row.state === 2);
        expect(listeners).toMatchObject([{ localAddress: '127.0.0.1', stateName: 'LISTEN' }]);
      });

      test('joins the tables with create times and modules to these rows', async () => {
        using table = (await createDecoder()).decodeSnapshot(snapshot);
        const joined = table.joinedTables();
        expect(joined.map((other) => other.class)).toEqual(['tcp-owner-module', 'tcp6-owner-module']);
        const ofTcp4 = rows.filter(({ protocol, family }) => protocol === 'TCP' && family === 'IPv4');
        const { matched, missingHere } = joined[0]!;
        expect(matched + missingHere!).toBe(ofTcp4.length);
        // Of our own sockets none opened or closed between the calls.
        expect(matched).toBeGreaterThanOrEqual(5);
        expect(rowFrom(connected.localPort, sockets.port)[0]).toHaveProperty('created');
      });

      test.each([
        ['the client of an open connection', () => sockets.establishedPort, true, 5, 'ESTABLISHED'],
        ['the server of an open connection', () => sockets.establishedPort, false, 5, 'ESTABLISHED'],
        ['the end that has closed', () => sockets.halfClosedPort, true, 7, 'FIN_WAIT_2'],
        ['the end that has not closed', () => sockets.halfClosedPort, false, 8, 'CLOSE_WAIT'],
      ] as const)('has %s', (_, clientPort, isClient, state, stateName) => {
        const [local, remote] = isClient ? [clientPort(), sockets.port] : [sockets.port, clientPort()];
        expect(rowFrom(local, remote)).toMatchObject([
          { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', state, stateName },
        ]);
      });

      test('names the owner of a connection that a Windows process made', () => {
        expect(rowFrom(connected.localPort, sockets.port)).toMatchObject([
          { state: 5, pid: connected.pid, process: 'node.exe' },
        ]);
      });

      test('lists processes with their parents, users and sessions, and without command lines', () => {
        const node = snapshot.processes?.find(({ pid }) => pid === connected.pid);
        expect(node?.user).toMatch(/^S-1-5-21-\d+-\d+-\d+-\d+$/);
        expect(node?.userName).toMatch(/^[^\\]+\\[^\\]+$/);
        expect(node?.session).toEqual(expect.any(Number));
        const services = snapshot.processes?.find(({ name }) => name === 'services.exe');
        const started = snapshot.processes?.filter(({ parentPid }) => parentPid === services?.pid) ?? [];
        expect(started.map(({ name }) => name)).toContain('winedevice.exe');
        expect(snapshot.processes?.filter((process) => 'commandLine' in process)).toEqual([]);
      });

      test('says that Wine does not tell command lines, where they are asked for', async () => {
        const path = join(folder, 'commandLines.tcpsnap');
        const args = ['capture', windowsPath(path), '--command-lines', '--table', 'tcp2'];
        expect((await wine.runTcpscope(args)).exitCode).toBe(0);
        expect((await readSnapshot(path)).unreadable?.map(({ what }) => what)).toContain('command lines');
      });

      test('lists that process with its path and start time', () => {
        const process = snapshot.processes?.find(({ pid }) => pid === connected.pid);
        expect(process).toMatchObject({ name: 'node.exe', path: windowsPath(wine.installed.node) });
        const started = process?.startUtcMicroseconds ?? 0;
        expect(started).toBeGreaterThanOrEqual((connected.startedAfter - 1000) * 1000);
        expect(started).toBeLessThanOrEqual(connected.startedBefore * 1000);
        expect(started).toBeLessThanOrEqual(snapshot.time?.utcMicroseconds ?? 0);
      });
    });

    describe('existing files', () => {
      test('are not replaced, and are with --force', async () => {
        const path = join(folder, 'existing.tcpsnap');
        writeFileSync(path, 'precious');
        const refused = await wine.runTcpscope(['capture', '--table', 'tcp2', '--', windowsPath(path)]);
        expect(refused.stderr).toBe(
          `tcpscope: ${windowsPath(path)}: cannot be written: it exists already; ` +
            'give another name, --append to add to it, or --force to replace it\n',
        );
        expect(refused.exitCode).toBe(2);
        expect(readFileSync(path, 'utf8')).toBe('precious');

        const forced = await wine.runTcpscope(['capture', '--force', windowsPath(path)]);
        expect(forced.exitCode).toBe(0);
        expect((await readSnapshot(path)).provider).toBe('iphlpapi');
        expect(readdirSync(folder).filter((name) => name.startsWith('existing'))).toEqual([
          'existing.tcpsnap',
        ]);
      });

      test('are not met by the default name, which is valid on Windows', async () => {
        const cwd = mkdtempSync(join(folder, 'default-'));
        expect((await wine.runTcpscope(['capture'], { cwd })).exitCode).toBe(0);
        expect(readdirSync(cwd)).toEqual([expect.stringMatching(/^[\w.-]+-\d{8}T\d{6}\.\d{3}Z\.tcpsnap$/)]);
      });
    });

    test('records, continues what it recorded, and lets nobody else write it meanwhile', async () => {
      const path = join(folder, 'recording.tcpsnap');
      const name = windowsPath(path);
      const record = (...args: string[]) => wine.runTcpscope(['capture', ...args, name]);
      const first = await record('--interval', '100ms', '--count', '3');
      expect(first.stderr).toMatch(/ \(3 snapshots, \d+ bytes\)\n$/);
      expect(first.exitCode).toBe(0);
      expect((await record('--append')).stderr).toMatch(/ \(snapshot 3, \d+ bytes\)\n$/);

      // Long enough for another process to start meanwhile on a machine with much other work.
      const long = record('--append', '--interval', '100ms', '--duration', '30s');
      const size = statSync(path).size;
      while (statSync(path).size === size) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await record('--append')).toMatchObject({
        exitCode: 2,
        stderr: `tcpscope: ${name}: another process is recording to it\n`,
      });
      expect((await long).exitCode).toBe(0);
      // The lock was a file beside it, which is gone with its owner.
      expect(readdirSync(folder).filter((other) => other.startsWith('recording'))).toEqual([
        'recording.tcpsnap',
      ]);
      const file = await openSnapshots(path);
      expect(file.count).toBeGreaterThan(5);
      const { problems, snapshots, repairs } = await verifySnapshots(file);
      const found = [...problems, ...snapshots.flatMap((snapshot) => snapshot.problems)];
      expect(found.map(({ message, offset }) => `${offset}: ${message}`)).toEqual([]);
      expect(repairs).toHaveLength(2);
      expect(file.scan.frames.hasDeltas).toBe(true);
      await file.close();
    });

    describe('reading on Windows', () => {
      async function tableBytes(): Promise<Buffer> {
        const snapshot = await readSnapshot(file());
        return Buffer.from(snapshot.tables[0]?.bytes ?? []);
      }

      test('raw writes the bytes of the table to a file and to standard output', async () => {
        const expected = await tableBytes();
        const output = join(folder, 'raw.bin');
        const args = [windowsPath(file()), '--table', 'tcp2'];
        const toFile = await wine.runTcpscope(['raw', ...args, '-o', windowsPath(output)]);
        expect(toFile).toMatchObject({ exitCode: 0, stderr: '' });
        expect(readFileSync(output)).toEqual(expected);
        const toOutput = await wine.runTcpscope(['raw', ...args]);
        expect(toOutput).toMatchObject({ exitCode: 0, stderr: '' });
        expect(toOutput.stdout).toEqual(expected);
      });

      test('show prints the connections, from a file and from standard input', async () => {
        const args = ['--format', 'json'];
        const fromFile = await wine.runTcpscope(['show', windowsPath(file()), ...args]);
        expect(fromFile).toMatchObject({ exitCode: 0, stderr: '' });
        const shown = JSON.parse(fromFile.stdout.toString()) as { connections: Connection[] };
        expect(shown.connections).toContainEqual(
          expect.objectContaining({ localPort: connected.localPort, pid: connected.pid }),
        );

        const fromInput = await wine.runTcpscope(['show', '-', ...args], { stdin: readFileSync(file()) });
        expect(fromInput).toMatchObject({ exitCode: 0, stderr: '' });
        const read = JSON.parse(fromInput.stdout.toString()) as { connections: Connection[] };
        expect(read.connections).toEqual(shown.connections);
      });

      test('show does not colour what goes to a file', async () => {
        const env = { NO_COLOR: '' };
        const shown = await wine.runTcpscope(['show', windowsPath(file())], { env });
        expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
        expect(shown.stdout.includes('LISTEN')).toBe(true);
        expect(shown.stdout.includes('\x1b')).toBe(false);
      });

      test('verify finds nothing wrong, and finds one flipped bit', async () => {
        expect(await wine.runTcpscope(['verify', windowsPath(file())])).toMatchObject({ exitCode: 0 });
        const damaged = readFileSync(file());
        const middle = damaged.length >> 1;
        damaged.writeUInt8(damaged.readUInt8(middle) ^ 1, middle);
        const path = join(folder, 'damaged.tcpsnap');
        writeFileSync(path, damaged);
        expect((await wine.runTcpscope(['verify', windowsPath(path)])).exitCode).not.toBe(0);
      });
    });
  },
);
