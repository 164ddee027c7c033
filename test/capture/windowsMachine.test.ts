import { describe, expect, test } from 'vitest';
import { smbiosHints } from '../../dist/node/capture/smbios.js';
import { parseStartTime } from '../../dist/node/capture/windowsProcesses.js';
import { parseDynamicPorts, parseExcludedPorts } from '../../dist/node/capture/windowsPortRanges.js';

describe('dynamic ports as netsh prints them', () => {
  const english = [
    '',
    'Protocol tcp Dynamic Port Range',
    '---------------------------------',
    'Start Port      : 49152',
    'Number of Ports : 16384',
    '',
  ].join('\r\n');

  test('in English, and in other languages', () => {
    const german = english
      .replace('Start Port     ', 'Startport      ')
      .replace('Number of Ports', 'Anzahl von Ports');
    for (const text of [english, german]) {
      expect(parseDynamicPorts(text)).toEqual([{ kind: 'dynamic', first: 49_152, last: 65_535 }]);
    }
  });

  test.each([
    ['nothing', ''],
    ['one number', english.replace('16384', '')],
    ['three numbers', `${english}Rest : 3\r\n`],
    ['more ports than there are', english.replace('16384', '16385')],
    ['no ports', english.replace('16384', '0')],
  ])('%s is no range', (_, text) => {
    expect(parseDynamicPorts(text)).toBeUndefined();
  });
});

describe('excluded ports as netsh prints them', () => {
  const table = (...lines: readonly string[]) =>
    [
      '',
      'Protocol tcp Port Exclusion Ranges',
      '',
      'Start Port    End Port',
      '----------    --------',
      ...lines,
      '',
      '* - Administered port exclusions.',
      '',
    ].join('\r\n');

  test('with those of administrators, and without any', () => {
    const text = table('      1900        1900', '     50000       50059     *');
    expect(parseExcludedPorts(text)).toEqual([
      { kind: 'excluded', first: 1900, last: 1900 },
      { kind: 'excluded', first: 50_000, last: 50_059 },
    ]);
    expect(parseExcludedPorts(table())).toEqual([]);
  });

  test('lines that are no ranges are passed over, and text without a table is none', () => {
    expect(parseExcludedPorts(table('  70000  70001', '  20  10'))).toEqual([]);
    expect(parseExcludedPorts('The following command was not found.')).toBeUndefined();
  });
});

describe('SMBIOS', () => {
  const text = (...strings: readonly string[]) =>
    strings.length === 0 ? [0, 0] : [...Buffer.from(strings.map((one) => `${one}\0`).join('')), 0];
  const header = [0, 3, 0, 0, 0, 0, 0, 0];
  const bios = [0, 6, 1, 0, 1, 2, ...text('SeaBIOS', '1.16')];
  const unnamed = [2, 5, 2, 0, 0, ...text()];
  const system = [1, 8, 3, 0, 2, 1, 0, 0, ...text('Standard PC', ' QEMU ')];
  const table = Uint8Array.from([...header, ...bios, ...unnamed, ...system]);

  test('names who made the machine', () => {
    expect(smbiosHints(table)).toEqual([
      'BIOS vendor: SeaBIOS',
      'system vendor: QEMU',
      'product: Standard PC',
    ]);
  });

  test('ends at every length, and never names what is not there', () => {
    const words = ['SeaBIOS', 'QEMU', 'Standard PC'];
    for (let length = 0; length < table.length; length++) {
      for (const hint of smbiosHints(table.subarray(0, length))) {
        const named = hint.slice(hint.indexOf(': ') + 2);
        expect(
          words.some((word) => word.startsWith(named)),
          hint,
        ).toBe(true);
      }
    }
    expect(smbiosHints(Uint8Array.from([...header, 0, 3, 0, 0, 0, 0]))).toEqual([]);
  });
});

test.each([
  [116_444_736_000_000_000n, 0],
  [134_088_876_951_234_567n, 1_764_414_095_123_456],
  // A process that is just beginning, or ending, has none yet, or any more.
  [0n, undefined],
  [1n, undefined],
  [116_444_735_999_999_999n - 10n, undefined],
  [2n ** 64n - 1n, undefined],
])('a start time of %d', (filetime, microseconds) => {
  expect(parseStartTime(filetime)).toBe(microseconds);
});
