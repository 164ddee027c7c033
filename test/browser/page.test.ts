import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDecoder, FIELDS, TABLE_CLASSES, type Connection, type TableClass } from 'tcpscope';
import { parseExpression } from '../../src/core/query/parse.js';
import { complete, placeAt, suggest } from '../../web/page/completion.js';
import { COLUMNS, DEFAULT_COLUMNS, showColumn } from '../../web/page/columns.js';
import { MAX_HEIGHT, ScrollRange } from '../../web/page/scrollRange.js';
import { nextSort } from '../../web/page/sortKeys.js';
import { formatFragment, parseFragment, type ViewState } from '../../web/page/urlState.js';
import { CHANGE_KINDS } from '../../web/protocol.js';
import { rowLayout } from '../../web/rowLayout.js';

describe('the range of the bar', () => {
  test.each([
    [10, 800],
    [1000, 800],
    [333_333, 777],
    [1_000_000, 801],
    [50_000_000, 2000],
  ])('%d rows: from the first pixel to the last one, and back', (rows, view) => {
    const range = new ScrollRange(rows * 24, view);
    const scrollEnd = Math.max(0, range.height - view);
    expect(range.height).toBeLessThanOrEqual(MAX_HEIGHT);
    expect(range.position(0)).toBe(0);
    expect(range.position(scrollEnd)).toBe(Math.max(0, rows * 24 - view));
    expect(range.position(scrollEnd + 1000)).toBe(range.end);
    for (let position = 0; position <= range.end; position += Math.max(1, range.end / 97)) {
      expect(range.position(range.scrollTop(position))).toBeCloseTo(position, 4);
    }
  });
});

test.each([
  [{ process: 'nginx', lastProcess: null }, 'nginx'],
  [{ process: null, lastProcess: 'chro\u202eme' }, '(was chro\\u202eme)'],
  [{ process: null, lastProcess: null }, '-'],
  [{ process: null }, '-'],
])('the process of %o', (owners, text) => {
  expect(COLUMNS.process.text(owners as Connection)).toBe(text);
});

describe('the address', () => {
  test('keeps what is shown, and comes back as it was', () => {
    const state = fc.record<ViewState>({
      where: fc.string({ unit: 'binary' }).map((text) => text.replaceAll(/\p{Cs}/gu, '')),
      sort: fc.uniqueArray(fc.constantFrom(...FIELDS.flatMap((field) => [field, `-${field}`]))),
      columns: fc
        .uniqueArray(fc.tuple(fc.constantFrom(...FIELDS), fc.integer({ min: 40, max: 1200 })), {
          minLength: 1,
          selector: ([field]) => field,
        })
        .map((columns) => columns.map(([field, width]) => showColumn(field, width))),
      changes: fc.subarray([...CHANGE_KINDS]),
      snapshot: fc.option(fc.nat(999_999), { nil: undefined }),
      range: fc.option(
        fc.tuple(fc.nat(9999), fc.nat(9999)).map(([first, more]) => ({ first, last: first + 1 + more })),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(state, (shown) => {
        expect(parseFragment(`#${formatFragment(shown)}`)).toEqual(shown);
      }),
    );
  });

  test('is empty where everything is usual, and anything can stand in it', () => {
    expect(formatFragment(parseFragment(''))).toBe('');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { columns, sort } = parseFragment(
          `#columns=${text}&sort=${text}&snapshot=${text}&changes=${text}&range=${text}`,
        );
        expect(columns.length).toBeGreaterThan(0);
        expect(sort.every((key) => (FIELDS as readonly string[]).includes(key.replace('-', '')))).toBe(true);
      }),
    );
    expect(parseFragment('#columns=process:99999,process:1').columns).toEqual([showColumn('process', 40)]);
    expect(parseFragment('#columns=toString').columns).toEqual(DEFAULT_COLUMNS);
  });
});

test('a click on a title sorts upwards, downwards, not; with others their keys stay', () => {
  expect(nextSort([], 'pid', false)).toEqual(['pid']);
  expect(nextSort(['pid'], 'pid', false)).toEqual(['-pid']);
  expect(nextSort(['-pid'], 'pid', false)).toEqual([]);
  expect(nextSort(['state', 'pid'], 'pid', false)).toEqual(['-pid']);
  expect(nextSort(['state'], 'pid', true)).toEqual(['state', 'pid']);
  expect(nextSort(['pid', 'state'], 'pid', true)).toEqual(['-pid', 'state']);
  expect(nextSort(['-pid', 'state'], 'pid', true)).toEqual(['state']);
});

describe('completion', () => {
  const values = [
    { text: 'ESTABLISHED', kind: 'state', count: 3 },
    { text: '"Google Chrome"', kind: 'process', count: 2 },
  ];
  const at = (marked: string): string[] => {
    const place = placeAt(marked.replace('|', ''), marked.indexOf('|'));
    return place === undefined ? [] : suggest(place, values).map(({ text }) => text);
  };

  test.each([
    [
      '|',
      [
        'protocol',
        'family',
        'state',
        'local',
        'lport',
        'remote',
        'rport',
        'pid',
        'process',
        'offload',
        'owner',
        'created',
        'module',
        'uid',
        'inode',
        'interface',
        'lastpid',
        'lastprocess',
        'lastsnapshot',
        'lporthigh',
        'rporthigh',
        'not',
      ],
    ],
    ['re|', ['remote']],
    ['module |', ['=', '!=', 'in', 'not in']],
    ['sta|', ['state']],
    ['syn|', ['SYN_SENT', 'SYN_RECEIVED']],
    [
      'chrome and l|',
      ['local', 'lport', 'lastpid', 'lastprocess', 'lastsnapshot', 'lporthigh', 'LISTEN', 'LAST_ACK'],
    ],
    [
      '(not l|',
      ['local', 'lport', 'lastpid', 'lastprocess', 'lastsnapshot', 'lporthigh', 'LISTEN', 'LAST_ACK'],
    ],
    ['process |', ['=', '!=', 'in', 'not in']],
    ['pid |', ['=', '!=', 'in', 'not in', '<', '<=', '>', '>=']],
    ['state = e|', ['ESTABLISHED']],
    ['state = e| and pid = 4', ['ESTABLISHED']],
    ['state in (LISTEN, e|', ['ESTABLISHED']],
    ['process = goo|', ['"Google Chrome"']],
    ['state = LISTEN a|', ['and']],
    ['state = LISTEN |', []],
    ['process = "unfinished |', []],
  ])('%s', (marked, expected) => {
    expect(at(marked)).toEqual(expected);
  });

  test('puts what is chosen in the place of the word, and the caret behind it', () => {
    const text = 'state = e and pid = 4';
    const place = placeAt(text, 9)!;
    expect(complete(text, place, values[0]!)).toEqual({ text: 'state = ESTABLISHED and pid = 4', caret: 20 });
  });

  test('never makes an expression out of one that was none', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(40), (text, caret) => {
        const place = placeAt(text, Math.min(caret, text.length));
        for (const suggestion of place === undefined ? [] : suggest(place, values)) {
          expect(complete(text, place!, suggestion).text).toContain(suggestion.text);
        }
      }),
    );
    expect(() => parseExpression('state = ESTABLISHED and pid = 4')).not.toThrow();
  });
});

describe('layouts for people', () => {
  test.each(TABLE_CLASSES)(
    '%s: each field is decoded from the bytes that are told, and from no others',
    async (name: TableClass) => {
      const layout = rowLayout(name)!;
      const decoder = await createDecoder();
      const bytes = new Uint8Array(layout.firstRow + 2 * layout.rowBytes);
      bytes[0] = 2;
      const valuesOf = (): Record<string, unknown> => {
        using table = decoder.decode(bytes, name);
        const row = table.row(1);
        return {
          state: row.state,
          local: row.localAddress,
          lport: row.localPort,
          remote: row.remoteAddress,
          rport: row.remotePort,
          pid: row.pid,
          offload: row.offload,
        };
      };
      const before = valuesOf();
      const changed = new Set<string>();
      for (let at = 0; at < layout.rowBytes; at++) {
        bytes[layout.firstRow + layout.rowBytes + at]! ^= 0xff;
        const after = valuesOf();
        bytes[layout.firstRow + layout.rowBytes + at]! ^= 0xff;
        const told = layout.fields.filter(({ offset, length }) => at >= offset && at < offset + length);
        expect(told.length, `byte ${at}`).toBeLessThanOrEqual(1);
        for (const field of Object.keys(before).filter((key) => after[key] !== before[key])) {
          expect(field, `byte ${at}`).toBe(told[0]?.field);
          changed.add(field);
        }
      }
      const fields = new Set(layout.fields.flatMap(({ field }) => field ?? []));
      expect([...changed].sort()).toEqual([...fields].sort());
    },
  );
});
