import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BatchReporter } from '../../dist/node/cli/batchReporter.js';

/** What was written: the bar to its stream, lines to standard error. */
let written: string[];
beforeEach(() => {
  written = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

function reporterOn(terminal: boolean, isQuiet = false, columns = 120) {
  const clock = { now: 1_000_000 };
  const write = (text: string | Uint8Array): boolean => {
    written.push(String(text));
    return true;
  };
  const stream = { isTTY: terminal, columns, write } as unknown as NodeJS.WriteStream;
  const reporter = new BatchReporter(stream, isQuiet, () => clock.now);
  reporter.tell({ type: 'planned', files: 1000, bytes: 10_000, skipped: 0 });
  return { reporter, clock };
}

const progress = (files: number, failures = 0) =>
  ({ type: 'progress', files, bytes: files * 10, snapshots: files, rows: files * 300, failures }) as const;

test('elsewhere than on a terminal, a line a minute tells rate and time left', () => {
  const { reporter, clock } = reporterOn(false);
  for (let second = 1; second <= 150; second++) {
    clock.now += 1000;
    reporter.tell(progress(second));
  }
  expect(written).toEqual([
    'tcpscope: 60 of 1,000 files (6%), 18,000 rows, 1 files/s, 16 min left\n',
    'tcpscope: 120 of 1,000 files (12%), 36,000 rows, 1 files/s, 15 min left\n',
  ]);
});

test('nothing, where it is to be quiet', () => {
  for (const terminal of [true, false]) {
    const { reporter, clock } = reporterOn(terminal, true);
    clock.now += 3_600_000;
    reporter.tell(progress(500));
  }
  expect(written).toEqual([]);
});

test('on a terminal the bar is written over again, is no wider than that, and gives way to what is said', () => {
  const { reporter, clock } = reporterOn(true, false, 60);
  clock.now += 10_000;
  reporter.tell(progress(250, 1));
  reporter.tell({
    type: 'failed',
    failure: { file: 'a\u001b[31m', code: 'damaged', reason: 'bad', byte: 7 },
  });
  reporter.end();
  const clear = '\r\u001b[2K';
  const bar = `[${'#'.repeat(6)}${'.'.repeat(18)}] 250 of 1,000 files (25%), 75,000 rows, 25 files/s, 30 s left, 1 failure`;
  expect(written.slice(0, 2)).toEqual([clear + bar.slice(0, 59), clear]);
  expect(written[2]).toMatch(/^tcpscope: a.*\[31m: bad \(at byte 7\)\n$/);
  expect(written[2]).not.toContain('\u001b');
  expect(written).toHaveLength(3);
});
