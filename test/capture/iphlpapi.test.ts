import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CaptureError } from '../../dist/node/capture/captureError.js';
import { createIphlpapiProvider } from '../../dist/node/capture/iphlpapi.js';
import type { Provider } from '../../dist/node/capture/provider.js';
import { captureTable } from './captureTable.js';
import { type Answer, type ScriptedTable, compileScriptedTable, whyNoCompiler } from './scriptedTable.js';

const UNSUCCESSFUL = 0xc0000001;
const reason = whyNoCompiler();

/** A table of `rows` rows whose bytes are all different from zero, and then slack of the same kind. */
function tableBytes(rows: number, slack = 0): Uint8Array {
  const bytes = new Uint8Array(4 + rows * 28 + slack).map((_, i) => (i % 251) + 1);
  new DataView(bytes.buffer).setUint32(0, rows, true);
  return bytes;
}

/** What GetTcpTable2 does: the size it needs if the buffer is too small. */
const needs = (size: number): Answer => ({ code: 122, size });
const returns = (bytes: Uint8Array): Answer => ({ code: 0, size: bytes.length, bytes });
const fails = (code: number): Answer => ({ code, size: 'untouched' });

describe.skipIf(reason !== undefined)(
  `iphlpapi provider over a scripted library${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let scripted: ScriptedTable;
    let provider: Provider;

    beforeAll(async () => {
      scripted = await compileScriptedTable();
      provider = createIphlpapiProvider({ library: scripted.library });
    });
    afterAll(() => scripted.remove());

    const capture = (order = true) => captureTable(provider, { class: 'tcp2' }, order);
    const sizes = () => scripted.calls().map((call) => call.size);

    async function captureFails(...answers: readonly Answer[]): Promise<CaptureError> {
      scripted.play(...answers);
      const failure = await capture().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(CaptureError);
      return failure as CaptureError;
    }

    describe('returns a table', () => {
      test('asks for the size, then calls with slack and keeps what was reported', async () => {
        const bytes = tableBytes(3);
        scripted.play(needs(88), returns(bytes));
        const before = Number(process.hrtime.bigint() / 1000n);
        const table = await capture();
        const after = Number(process.hrtime.bigint() / 1000n);

        expect(table).toStrictEqual({
          class: 'tcp2',
          function: 'GetTcpTable2',
          scope: 'all',
          order: true,
          synthesized: false,
          calls: 2,
          retries: 0,
          sizeAllocated: 88 + 1024,
          sizeReported: 88,
          monotonicMicroseconds: expect.any(Number) as number,
          elapsedMicroseconds: expect.any(Number) as number,
          bytes,
        });
        expect(table.monotonicMicroseconds).toBeGreaterThanOrEqual(before);
        expect(table.monotonicMicroseconds).toBeLessThanOrEqual(after);
        expect(table.elapsedMicroseconds).toBeGreaterThanOrEqual(0);
        expect(table.elapsedMicroseconds).toBeLessThanOrEqual(after - before);
        expect(scripted.calls()).toEqual([
          { function: 'GetTcpTable2', size: null, zeroFilled: true, order: 1 },
          { function: 'GetTcpTable2', size: 1112, zeroFilled: true, order: 1 },
        ]);
      });

      test('passes no order on as no order', async () => {
        scripted.play(needs(88), returns(tableBytes(3)));
        expect((await capture(false)).order).toBe(false);
        expect(scripted.calls().map((call) => call.order)).toEqual([0, 0]);
      });

      test('is a copy with a buffer of its own, of exactly its size', async () => {
        scripted.play(needs(88), returns(tableBytes(3)));
        const { bytes } = await capture();
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
        expect(bytes.byteOffset).toBe(0);
        expect(bytes.buffer.byteLength).toBe(88);
      });

      test('of no rows', async () => {
        scripted.play(needs(4), returns(tableBytes(0)));
        expect((await capture()).bytes).toEqual(Uint8Array.of(0, 0, 0, 0));
      });

      test('adds an eighth as slack where that is more', async () => {
        const bytes = tableBytes(1000);
        scripted.play(needs(bytes.length), returns(bytes));
        const table = await capture();
        expect(table.bytes).toEqual(bytes);
        expect(sizes()).toEqual([null, 28004 + 3500]);
      });

      test('that grows between the calls, with fresh buffers each time', async () => {
        const bytes = tableBytes(900);
        const scribble = new Uint8Array(64).fill(0xee);
        scripted.play(
          needs(88),
          { code: 122, size: 2000, bytes: scribble },
          { code: 122, size: 9000, bytes: scribble },
          { code: 122, size: 25204, bytes: scribble },
          returns(bytes),
        );
        const table = await capture();
        expect(table).toMatchObject({ calls: 5, retries: 0, sizeAllocated: 28354, sizeReported: 25204 });
        expect(table.bytes).toEqual(bytes);
        expect(sizes()).toEqual([null, 1112, 3024, 10125, 28354]);
        expect(scripted.calls().every((call) => call.zeroFilled)).toBe(true);
      });

      test.each([
        ['stays', 'untouched'],
        ['is 0', 0],
      ] as const)('although the size needed %s with every 122: doubles', async (_, size) => {
        const insufficient: Answer = { code: 122, size };
        scripted.play(insufficient, insufficient, insufficient, insufficient, returns(tableBytes(100)));
        expect((await capture()).bytes).toEqual(tableBytes(100));
        expect(sizes()).toEqual([null, 1024, 2048, 4096, 8192]);
      });

      test('after a passing 0xC0000001, and asks for the size again', async () => {
        scripted.play(needs(88), fails(UNSUCCESSFUL), needs(116), returns(tableBytes(4)));
        const table = await capture();
        expect(table).toMatchObject({ calls: 4, retries: 1, sizeAllocated: 1140, sizeReported: 116 });
        expect(table.bytes).toEqual(tableBytes(4));
        expect(sizes()).toEqual([null, 1112, null, 1140]);
        expect(table.elapsedMicroseconds).toBeGreaterThanOrEqual(3000);
      });

      test('after 0xC0000001 to the first call, and never with a smaller buffer than before', async () => {
        scripted.play(
          fails(UNSUCCESSFUL),
          needs(50_000),
          fails(UNSUCCESSFUL),
          needs(88),
          returns(tableBytes(3)),
        );
        expect(await capture()).toMatchObject({ calls: 5, retries: 2, sizeAllocated: 56_250 });
        expect(sizes()).toEqual([null, null, 56_250, null, 56_250]);
      });

      test('with slack after a short count', async () => {
        const bytes = tableBytes(3, 100);
        scripted.play(needs(188), returns(bytes));
        expect((await capture()).bytes).toEqual(bytes);
      });

      test('with all of the buffer where success leaves the size alone', async () => {
        scripted.play(needs(88), { code: 0, size: 'untouched', bytes: tableBytes(3) });
        const table = await capture();
        expect(table).toMatchObject({ sizeAllocated: 1112, sizeReported: 1112 });
        const expected = new Uint8Array(1112);
        expected.set(tableBytes(3));
        expect(table.bytes).toEqual(expected);
      });

      test.each([0, 3, 4, 87])('with all its rows where %i bytes are reported', async (size) => {
        scripted.play(needs(88), { code: 0, size, bytes: tableBytes(3) });
        const table = await capture();
        expect(table.sizeReported).toBe(size);
        expect(table.bytes).toEqual(tableBytes(3));
      });

      test('although the call without a table already answered success', async () => {
        scripted.play({ code: 0, size: 88 }, returns(tableBytes(3)));
        expect((await capture()).bytes).toEqual(tableBytes(3));
      });
    });

    describe('fails', () => {
      test('on 0xC0000001 for ever, after a bounded time', async () => {
        const started = performance.now();
        const failure = await captureFails(needs(88), fails(UNSUCCESSFUL));
        expect(failure.code).toBe('unstable');
        expect(failure.systemCode).toBe(UNSUCCESSFUL);
        expect(failure.message).toBe(
          'GetTcpTable2 failed with 3221225473 = 0xC0000001 (STATUS_UNSUCCESSFUL) until tcpscope gave up after ' +
            '10 calls. Busy machines answer so for a moment: capture again.',
        );
        expect(performance.now() - started).toBeLessThan(5000);
      });

      test('on a table that grows for ever', async () => {
        const failure = await captureFails(needs(88), { code: 122, size: { above: 28 } });
        expect(failure.code).toBe('unstable');
        expect(failure.systemCode).toBe(122);
        expect(failure.message).toBe(
          'GetTcpTable2 failed with 122 (ERROR_INSUFFICIENT_BUFFER) for a buffer of 4554752 bytes, and tcpscope ' +
            'gave up after 14 calls. The table grows faster than it can be read: capture again.',
        );
        expect(sizes()).toEqual([null, ...Array.from({ length: 13 }, (_, i) => 1112 * 2 ** i)]);
      });

      test('on the largest buffer refused, and does not repeat it', async () => {
        const failure = await captureFails(needs(2 ** 29 - 1), { code: 122, size: 2 ** 29 });
        expect(failure.code).toBe('unstable');
        expect(failure.message).toBe(
          'GetTcpTable2 failed with 122 (ERROR_INSUFFICIENT_BUFFER) for a buffer of 536870912 bytes, and tcpscope ' +
            'gave up after 2 calls. The table grows faster than it can be read: capture again.',
        );
      });

      test.each([
        [
          50,
          'not-supported',
          'GetTcpTable2 failed with 50 (ERROR_NOT_SUPPORTED). This system has no such table to capture.',
        ],
        [
          5,
          'no-permission',
          'GetTcpTable2 failed with 5 (ERROR_ACCESS_DENIED). Capture again as administrator.',
        ],
        [
          87,
          'call-failed',
          'GetTcpTable2 failed with 87 (ERROR_INVALID_PARAMETER). It was not retried: this code is not a passing ' +
            'one. If it comes again, report this message.',
        ],
        [
          4711,
          'call-failed',
          'GetTcpTable2 failed with 4711. It was not retried: this code is not a passing one. If it comes again, ' +
            'report this message.',
        ],
        [
          0xc000009a,
          'call-failed',
          'GetTcpTable2 failed with 3221225626 = 0xC000009A (STATUS_INSUFFICIENT_RESOURCES). It was not retried: ' +
            'this code is not a passing one. If it comes again, report this message.',
        ],
      ])('on %i, at the first call and later, without retrying', async (systemCode, code, message) => {
        for (const answers of [[fails(systemCode)], [needs(88), fails(systemCode)]]) {
          const failure = await captureFails(...answers);
          expect([failure.code, failure.systemCode, failure.message]).toEqual([code, systemCode, message]);
          expect(scripted.calls()).toHaveLength(answers.length);
        }
      });

      test.each([2 ** 29 + 1, 0xffffffff])('on a size of %i bytes asked for', async (size) => {
        const failure = await captureFails(needs(size));
        expect(failure.code).toBe('inconsistent');
        expect(failure.message).toBe(
          `GetTcpTable2 asked for a buffer of ${size} bytes; more than 536870912 is no real table. ` +
            'Capture again; if it stays so, something else answers in place of the operating system.',
        );
        expect(sizes()).toEqual([null]);
      });

      test.each([1113, 0xffffffff])('on success with a size of %i bytes in 1112', async (size) => {
        const failure = await captureFails(needs(88), { code: 0, size, bytes: tableBytes(3) });
        expect(failure.code).toBe('inconsistent');
        expect(failure.message).toBe(
          `GetTcpTable2 reported a table of ${size} bytes in a buffer of 1112 bytes, and no error. ` +
            'Nothing was kept. Capture again.',
        );
      });

      test.each([
        [40, 1124],
        [0xffffffff, 120259084264],
      ])('on a count of %i rows, more than the buffer can hold', async (rows, bytes) => {
        const table = tableBytes(3);
        new DataView(table.buffer).setUint32(0, rows, true);
        const failure = await captureFails(needs(88), returns(table));
        expect(failure.code).toBe('inconsistent');
        expect(failure.message).toBe(
          `GetTcpTable2 returned a table that claims ${rows} rows, which need ${bytes} bytes, in a buffer of ` +
            '1112 bytes. Nothing was kept. Capture again.',
        );
      });
    });

    test('a count of rows that fills the buffer to its last byte is kept', async () => {
      const bytes = tableBytes(40);
      scripted.play(needs(100), { code: 0, size: 88, bytes });
      const table = await capture();
      expect(table.sizeAllocated).toBe(bytes.length);
      expect(table.bytes).toEqual(bytes);
    });
  },
);

describe('iphlpapi provider without its library', () => {
  test('says which library is missing', async () => {
    const provider = createIphlpapiProvider({ library: 'no-such-library.dll' });
    const failure = await captureTable(provider).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(CaptureError);
    expect((failure as CaptureError).code).toBe('native-library');
    expect((failure as CaptureError).message).toMatch(
      /^The library no-such-library\.dll could not be loaded: .+\. This capture works only on systems that have it\.$/,
    );
  });

  const isWindows = process.platform === 'win32';
  test.skipIf(isWindows)(
    `says that processes cannot be listed, and does not throw${isWindows ? ' (skipped: Windows can)' : ''}`,
    async () => {
      const provider = createIphlpapiProvider();
      const { processes, unreadable } = await provider.listProcesses({ commandLines: false });
      expect(processes).toEqual([]);
      expect(unreadable).toHaveLength(1);
      expect(unreadable[0]?.what).toBe('processes');
      expect(unreadable[0]?.reason).toMatch(/^The library kernel32\.dll could not be loaded: /);
      expect(await provider.isElevated()).toBeUndefined();
    },
  );
});
