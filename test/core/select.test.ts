import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, type Decoder, type ProcessInfo, type Table } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';
import { addressNumber, decodeReference, type ReferenceRow } from '../reference/mibTcpTable2.js';

// Random expressions over random tables. Each part of an expression knows its text and, from nothing but the page of the
// language (docs/select.md), for which rows it holds.

interface Row extends ReferenceRow {
  readonly process: string;
}

interface Term {
  readonly text: string;
  /** What its outermost operation is: a term inside one that binds tighter needs parentheses. */
  readonly kind: 'or' | 'and' | 'not' | 'test';
  /** `process = chrome` and `chrome`: these may not follow one another without `and`. */
  readonly endsInName?: boolean;
  readonly isName?: boolean;
  holds(row: Row): boolean;
}

// Text

const space = fc.constantFrom(' ', '  ', '\t', '\n', ' \u00a0 ');
const maybeSpace = fc.constantFrom('', ' ', '   ');

/** Any letter case. */
function anyCase(text: string): fc.Arbitrary<string> {
  return fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((capitals) =>
      Array.from(text, (c, i) => (capitals[i] ? c.toUpperCase() : c.toLowerCase())).join(''),
    );
}

/** Between single or double quotes, or where it is a plain word, perhaps without. */
function quotable(text: string, pattern = text): fc.Arbitrary<string> {
  const escape = (quote: string) =>
    quote +
    pattern.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`).replaceAll('\u0000', '\\*') +
    quote;
  const isWord = /^[^\s()<>=!,"'\u0000][^\s()<>=!,"\u0000]*$/.test(pattern);
  const quoted = fc.constantFrom(escape('"'), escape("'"));
  return isWord && !/^(and|or|not|in)$/i.test(pattern) ? fc.oneof(fc.constant(pattern), quoted) : quoted;
}

// Tests of numbers and addresses

/** A value, a prefix or a range, with the numbers that it stands for. */
interface Values {
  readonly text: string;
  readonly low: number;
  readonly high: number;
  readonly isRange: boolean;
}

interface NumberField {
  readonly name: string;
  readonly max: number;
  readonly value: (row: Row) => number;
  readonly single: fc.Arbitrary<Values>;
}

function numbers(max: number, ...usual: number[]): fc.Arbitrary<Values> {
  return fc
    .oneof(fc.constantFrom(0, max, ...usual), fc.integer({ min: 0, max }))
    .map((value) => ({ text: String(value), low: value, high: value, isRange: false }));
}

function named(names: Readonly<Record<string, number>>): fc.Arbitrary<Values> {
  return fc.constantFrom(...Object.entries(names)).chain(([name, value]) =>
    anyCase(name)
      .chain((text) => quotable(text))
      .map((text) => ({ text, low: value, high: value, isRange: false })),
  );
}

/** netstat (Windows, Linux, BSD), ss, PowerShell, tcpmib.h */
const STATES = {
  CLOSED: 1,
  CLOSE: 1,
  UNCONN: 1,
  LISTEN: 2,
  LISTENING: 2,
  MIB_TCP_STATE_LISTEN: 2,
  'SYN-SENT': 3,
  SynSent: 3,
  'syn sent': 3,
  SYN_RECEIVED: 4,
  'SYN-RECV': 4,
  SYN_RCVD: 4,
  ESTABLISHED: 5,
  ESTAB: 5,
  FIN_WAIT_1: 6,
  FinWait1: 6,
  'FIN-WAIT-2': 7,
  FIN_WAIT2: 7,
  CloseWait: 8,
  'CLOSE-WAIT': 8,
  CLOSING: 9,
  LAST_ACK: 10,
  TIME_WAIT: 11,
  'Time Wait': 11,
  MIB_TCP_STATE_TIME_WAIT: 11,
  DELETE_TCB: 12,
  Bound: 100,
};

const OFFLOADS = { InHost: 0, Offloading: 1, offloaded: 2, UPLOADING: 3 };

const ADDRESSES = [
  '0.0.0.0',
  '10.1.0.1',
  '10.1.255.255',
  '10.2.0.0',
  '127.0.0.1',
  '192.168.7.9',
  '255.255.255.255',
];
const anyAddress = fc.oneof(
  fc.constantFrom(...ADDRESSES),
  fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((octets) => octets.join('.')),
);
const addresses: fc.Arbitrary<Values> = fc
  .tuple(anyAddress, fc.nat(32), fc.integer({ min: 1, max: 3 }))
  .chain(([address, bits, octets]) => {
    const binary = address
      .split('.')
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('');
    const block = (text: string, kept: number): Values => ({
      text,
      low: Number.parseInt(binary.slice(0, kept).padEnd(32, '0'), 2),
      high: Number.parseInt(binary.slice(0, kept).padEnd(32, '1'), 2),
      isRange: false,
    });
    const prefix = address.split('.').slice(0, octets).join('.') + '.';
    return fc.constantFrom(block(address, 32), block(`${address}/${bits}`, bits), block(prefix, 8 * octets));
  });

const FIELDS: readonly NumberField[] = [
  {
    name: 'state',
    max: 0xffffffff,
    value: (row) => row.state,
    single: fc.oneof(
      named(STATES),
      numbers(0xffffffff, 2, 5, 57),
      numbers(200, 2).map((values) => ({ ...values, text: `UNKNOWN(${values.low})` })),
    ),
  },
  { name: 'local', max: 0xffffffff, value: (row) => addressNumber(row.localAddress), single: addresses },
  { name: 'remote', max: 0xffffffff, value: (row) => addressNumber(row.remoteAddress), single: addresses },
  { name: 'lport', max: 65535, value: (row) => row.localPort, single: numbers(65535, 80, 443, 49152) },
  { name: 'rport', max: 65535, value: (row) => row.remotePort, single: numbers(65535, 80, 443, 49152) },
  { name: 'pid', max: 0xffffffff, value: (row) => row.pid, single: numbers(0xffffffff, 1, 2, 3, 40) },
  {
    name: 'offload',
    max: 0xffffffff,
    value: (row) => row.offload,
    single: fc.oneof(named(OFFLOADS), numbers(0xffffffff, 1, 2)),
  },
  {
    name: 'protocol',
    max: 255,
    value: () => 6,
    single: fc.oneof(named({ TCP: 6, udp: 17 }), numbers(255, 6)),
  },
  {
    name: 'family',
    max: 255,
    value: () => 4,
    single: fc.oneof(named({ IPv4: 4, ipv6: 6 }), numbers(255, 4)),
  },
];

function isWord({ text }: Values): boolean {
  return !/["']/.test(text);
}

function rangeOf({ single, max }: NumberField): fc.Arbitrary<Values> {
  const end = fc.option(single.filter(isWord), { freq: 5 });
  return fc
    .tuple(end, end)
    .filter(([from, to]) => from !== null || to !== null)
    .map(([a, b]): Values => {
      const [from, to] = a !== null && b !== null && a.low > b.high ? [b, a] : [a, b];
      return {
        text: `${from?.text ?? ''}..${to?.text ?? ''}`,
        low: from?.low ?? 0,
        high: to?.high ?? max,
        isRange: true,
      };
    });
}

/** The remote end of a listener matches nothing. */
function hasField(row: Row, { name }: NumberField): boolean {
  return row.state !== 2 || (name !== 'remote' && name !== 'rport');
}

const RELATIONS: Readonly<Record<string, (value: number, values: Values) => boolean>> = {
  '=': (value, { low, high }) => low <= value && value <= high,
  '==': (value, { low, high }) => low <= value && value <= high,
  '<': (value, { low }) => value < low,
  '<=': (value, { high }) => value <= high,
  '>': (value, { high }) => value > high,
  '>=': (value, { low }) => value >= low,
};

const comparison: fc.Arbitrary<Term> = fc.constantFrom(...FIELDS).chain((field) =>
  fc
    .tuple(
      anyCase(field.name),
      maybeSpace,
      fc.constantFrom('=', '==', '!=', '<', '<=', '>', '>='),
      maybeSpace,
      fc.oneof(field.single, rangeOf(field)),
    )
    .filter(([, , relation, , values]) => !values.isRange || /^[=!]/.test(relation))
    .map(([name, before, relation, after, values]): Term => {
      const isNegated = relation === '!=';
      const compare = RELATIONS[isNegated ? '=' : relation]!;
      return {
        text: name + before + relation + after + values.text,
        kind: 'test',
        holds: (row) => (hasField(row, field) && compare(field.value(row), values)) !== isNegated,
      };
    }),
);

/** `in a, b`, `in (a, b)`, `not in …` */
function listText(items: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(fc.boolean(), maybeSpace, maybeSpace).map(([isEnclosed, before, after]) => {
    const list = items.join(`${before},${after}`);
    return isEnclosed ? `${before}(${before}${list}${after})` : ` ${list}`;
  });
}
const relationIn = fc
  .tuple(fc.boolean(), space)
  .chain(([isNegated, between]) =>
    anyCase(isNegated ? `not${between}in` : 'in').map((text) => ({ text, isNegated })),
  );

const membership: fc.Arbitrary<Term> = fc.constantFrom(...FIELDS).chain((field) =>
  fc.array(fc.oneof(field.single, rangeOf(field)), { minLength: 1, maxLength: 8 }).chain((list) =>
    fc
      .tuple(anyCase(field.name), space, relationIn, listText(list.map(({ text }) => text)))
      .map(([name, before, { text, isNegated }, values]): Term => {
        const isMember = (row: Row): boolean =>
          list.some(({ low, high }) => low <= field.value(row) && field.value(row) <= high);
        return {
          text: name + before + text + values,
          kind: 'test',
          holds: (row) => (hasField(row, field) && isMember(row)) !== isNegated,
        };
      }),
  ),
);

// Tests of names

const NAMES = [
  '',
  'chrome',
  'Chrome.exe',
  'svchost.exe',
  'Google Chrome',
  'and',
  'a*b',
  'ΟΔΟΣ',
  'Οδος 2',
  `it's "x"\\`,
];
const LETTERS = ['a', 'B', 'c', 'e', 'x', '.', ' ', '*', 'ς', '(', '"'];
const anyName = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.array(fc.constantFrom(...LETTERS), { maxLength: 5 }).map((letters) => letters.join('')),
);

/** A pattern: in `source` a `*` stands for any text and U+0000 for a star itself. */
interface Pattern {
  readonly source: string;
  readonly expression: RegExp;
}

function patternOf(source: string): Pattern {
  const parts = source
    .split('*')
    .map((part) => part.replaceAll('\u0000', '*').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return { source, expression: new RegExp(`^${parts.join('.*')}$`, 'isu') };
}

const pattern: fc.Arbitrary<Pattern> = fc
  .tuple(anyName, fc.constantFrom('none', 'start', 'end', 'both', 'middle'))
  .chain(([name, stars]) => anyCase(name).map((text) => [text.replaceAll('*', '\u0000'), stars] as const))
  .map(([text, stars]) => {
    const middle = Math.floor(text.length / 2);
    if (stars === 'middle') return patternOf(`${text.slice(0, middle)}*${text.slice(middle + 1)}`);
    const before = stars === 'start' || stars === 'both' ? '*' : '';
    return patternOf(before + text + (stars === 'end' || stars === 'both' ? '*' : ''));
  });

const patternText = ({ source }: Pattern): fc.Arbitrary<string> => quotable(source, source);

const nameComparison: fc.Arbitrary<Term> = fc
  .tuple(pattern, fc.constantFrom('=', '==', '!='))
  .chain(([{ source, expression }, relation]) =>
    fc
      .tuple(anyCase('process'), maybeSpace, maybeSpace, patternText({ source, expression }))
      .map(([name, before, after, text]): Term => ({
        text: name + before + relation + after + text,
        kind: 'test',
        endsInName: !/["']$/.test(text),
        holds: (row) => expression.test(row.process) !== (relation === '!='),
      })),
  );

const nameMembership: fc.Arbitrary<Term> = fc
  .array(pattern, { minLength: 1, maxLength: 6 })
  .chain((patterns) =>
    fc.tuple(...patterns.map(patternText)).chain((texts) =>
      fc
        .tuple(anyCase('process'), space, relationIn, listText(texts))
        .map(([name, before, { text, isNegated }, list]): Term => ({
          text: name + before + text + list,
          kind: 'test',
          endsInName: !/["')]$/.test(list),
          holds: (row) => patterns.some(({ expression }) => expression.test(row.process)) !== isNegated,
        })),
    ),
  );

// Words that stand alone

function eitherEnd(row: Row, holds: (address: number, port: number) => boolean): boolean {
  const remote = row.state !== 2 && holds(addressNumber(row.remoteAddress), row.remotePort);
  return remote || holds(addressNumber(row.localAddress), row.localPort);
}

const isWithin = (value: number, { low, high }: Values): boolean => low <= value && value <= high;
const portField = FIELDS.find(({ name }) => name === 'lport')!;
const addressField = FIELDS.find(({ name }) => name === 'local')!;
const ports = fc.oneof(portField.single, rangeOf(portField));
const blocks = fc.oneof(addressField.single, rangeOf(addressField));

const bareWord: fc.Arbitrary<Term> = fc.oneof(
  blocks.map((block): Term => ({
    text: block.text,
    kind: 'test',
    holds: (row) => eitherEnd(row, (address) => isWithin(address, block)),
  })),
  fc.tuple(fc.constantFrom('', '*'), ports).map(([any, port]): Term => ({
    text: `${any}:${port.text}`,
    kind: 'test',
    holds: (row) => eitherEnd(row, (_, value) => isWithin(value, port)),
  })),
  fc.tuple(blocks, ports).map(([block, port]): Term => ({
    text: `${block.text}:${port.text}`,
    kind: 'test',
    holds: (row) => eitherEnd(row, (address, value) => isWithin(address, block) && isWithin(value, port)),
  })),
  named(STATES)
    .filter(isWord)
    .map(({ text, low }): Term => ({ text, kind: 'test', holds: (row) => row.state === low })),
  fc
    .constantFrom('chrome', 'CHROME', 'svc*', '*.exe', 'c*o*e', '*', '"Google Chrome"', "'and'")
    .map((text): Term => {
      const source = text.replaceAll(/["']/g, '');
      const { expression } = patternOf(source.includes('*') ? source : `*${source}*`);
      return { text, kind: 'test', isName: true, holds: (row) => expression.test(row.process) };
    }),
);

// Whole expressions

function enclose(term: Term, needed: boolean): fc.Arbitrary<Term> {
  const enclosed = maybeSpace.map((inside): Term => ({
    text: `(${inside}${term.text}${inside})`,
    kind: 'test',
    holds: (row) => term.holds(row),
  }));
  return needed
    ? enclosed
    : fc.oneof({ weight: 5, arbitrary: fc.constant(term) }, { weight: 1, arbitrary: enclosed });
}

function join(kind: 'and' | 'or', terms: readonly Term[]): fc.Arbitrary<Term> {
  const inner = terms.map((term) =>
    enclose(term, term.kind === kind || (kind === 'and' && term.kind === 'or')),
  );
  const separators = terms.map(() => fc.tuple(space, fc.option(anyCase(kind), { freq: 2 }), space));
  return fc.tuple(fc.tuple(...inner), fc.tuple(...separators)).map(([enclosed, between]) => {
    const text = enclosed
      .map((term, i) => {
        const before = enclosed[i - 1];
        if (before === undefined) return term.text;
        const [left, word, right] = between[i]!;
        const isOmitted = kind === 'and' && word === null && !(before.endsInName && term.isName);
        return (isOmitted ? left : left + (word ?? kind) + right) + term.text;
      })
      .join('');
    const { endsInName = false } = enclosed.at(-1)!;
    const holds = (row: Row): boolean =>
      kind === 'and' ? terms.every((term) => term.holds(row)) : terms.some((term) => term.holds(row));
    return { text, kind, endsInName, isName: enclosed[0]!.isName ?? false, holds };
  });
}

const { expression } = fc.letrec<{ expression: Term }>((tie) => {
  const terms = fc.array(tie('expression'), { minLength: 2, maxLength: 4 });
  return {
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.oneof(comparison, membership, nameComparison, nameMembership, bareWord),
      terms.chain((inner) => join('and', inner)),
      terms.chain((inner) => join('or', inner)),
      fc.tuple(tie('expression'), anyCase('not'), space).chain(([term, not, between]) =>
        enclose(term, term.kind === 'and' || term.kind === 'or').map((inner): Term => ({
          text: not + between + inner.text,
          kind: 'not',
          endsInName: inner.endsInName ?? false,
          holds: (row) => !term.holds(row),
        })),
      ),
    ),
  };
});

// Tables: few values, so that expressions find something, and some of any kind

const networkOrder = (value: number): number => ((value & 255) << 8) | (value >>> 8);
const addressWord = anyAddress.map((text) => {
  const [a, b, c, d] = text.split('.').map(Number) as [number, number, number, number];
  return ((d << 24) | (c << 16) | (b << 8) | a) >>> 0;
});
const portWord = fc
  .tuple(
    fc.oneof(fc.constantFrom(0, 80, 443, 8080, 49152, 65535), fc.nat(65535)),
    fc.constantFrom(0, 0xffff0000),
  )
  .map(([port, junk]) => (networkOrder(port) | junk) >>> 0);
const anyWord = fc.integer({ min: 0, max: 0xffffffff });
const stateWord = fc.oneof(
  fc.integer({ min: 0, max: 13 }),
  fc.constantFrom(2, 5, 57, 100, 0xffffffff),
  anyWord,
);
const pidWord = fc.oneof({ weight: 6, arbitrary: fc.nat(20) }, { weight: 1, arbitrary: anyWord });
const offloadWord = fc.oneof(fc.nat(4), anyWord);
const rowWords = fc.tuple(stateWord, addressWord, portWord, addressWord, portWord, pidWord, offloadWord);
const processList = fc.uniqueArray(fc.tuple(fc.nat(20), anyName), {
  selector: ([pid]) => pid,
  maxLength: 20,
});

describe.each(['tcpscope.wasm', 'tcpscope.debug.wasm'])('select of %s', (file) => {
  let decoder: Decoder;

  beforeAll(async () => {
    decoder = await createDecoder(readFileSync(new URL(`../../dist/${file}`, import.meta.url)));
  });

  function decode(bytes: Uint8Array, processes: readonly ProcessInfo[]): Table {
    const [table] = EXAMPLE_SNAPSHOT.tables;
    return decoder.decodeSnapshot({ ...EXAMPLE_SNAPSHOT, processes, tables: [{ ...table!, bytes }] });
  }

  test('any expression selects what a slow evaluation of it selects', () => {
    fc.assert(
      fc.property(
        fc.array(rowWords, { maxLength: 60 }),
        processList,
        expression,
        (words, processes, term) => {
          const bytes = encodeRows(words);
          const names = new Map(processes.filter(([pid]) => pid !== 0));
          const rows = decodeReference(bytes).map((row) => ({ ...row, process: names.get(row.pid) ?? '' }));
          using table = decode(
            bytes,
            processes.map(([pid, name]) => ({ pid, name })),
          );
          const expected = rows.flatMap((row, i) => (term.holds(row) ? [i] : []));
          expect(Array.from(table.select(term.text)), term.text).toEqual(expected);
        },
      ),
      { numRuns: 4000 },
    );
  });

  describe('every number of rows up to 100, and those about the size of a block', () => {
    const COUNTS = [
      ...Array.from({ length: 101 }, (_, i) => i),
      1023,
      1024,
      1025,
      2047,
      2048,
      2049,
      4095,
      4096,
      4097,
      10_000,
    ];
    const names = Array.from({ length: 40 }, (_, i) => ({ pid: i + 1, name: `p${i}` }));
    const row = (i: number): number[] => [
      2 + (i % 4),
      (i * 2654435761) >>> 0,
      networkOrder((i * 40503) & 0xffff),
      (i * 340573321) >>> 0,
      networkOrder((i * 30011) & 0xffff),
      (i * 7) % 45,
      i % 5,
    ];
    const isOdd = (i: number): boolean => i % 2 === 1;
    const odd = Array.from({ length: 300 }, (_, i) => 200 * i + 1);
    const cases: readonly (readonly [text: string, holds: (row: ReferenceRow) => boolean])[] = [
      ['*', () => true],
      ['udp', () => false],
      ['not udp', () => true],
      ['lport < 30000', (r) => r.localPort < 30000],
      ['local >= 128.0.0.0', (r) => addressNumber(r.localAddress) >= 2 ** 31],
      ['local in 0.0.0.0/0', () => true],
      ['lport in 0..65535', () => true],
      ['pid in 4294967295', () => false],
      ['state = LISTEN or rport < 1000', (r) => r.state === 2 || r.remotePort < 1000],
      ['not (state = 3 and lport > 9)', (r) => !(r.state === 3 && r.localPort > 9)],
      // Few ranges, tested one by one, with something on the stack below.
      [
        'state = 3 or lport in 10..20000, 30000..40000, 50000..65535 and pid in 1, 3..9, 11, 20..40',
        (r) =>
          r.state === 3 ||
          ([10, 30000, 50000].some(
            (low, i) => low <= r.localPort && r.localPort <= [20000, 40000, 65535][i]!,
          ) &&
            (r.pid === 1 || (r.pid >= 3 && r.pid <= 9) || r.pid === 11 || (r.pid >= 20 && r.pid <= 40))),
      ],
      // More names than are tested one by one.
      ['process in *1, *3, *5, *7, *9', (r) => r.pid >= 1 && r.pid <= 40 && isOdd(r.pid - 1)],
      // More ranges than are tested one by one.
      [
        `lport in ${odd.map((low) => `${low}..${low + 99}`).join()}`,
        (r) => odd.some((low) => low <= r.localPort && r.localPort <= low + 99),
      ],
      [
        `local in ${Array.from({ length: 128 }, (_, i) => `${2 * i + 1}.`).join()}`,
        (r) => isOdd(Number(r.localAddress.split('.')[0])),
      ],
    ];
    test.each(cases)('%.60s', (text, holds) => {
      for (const count of COUNTS) {
        const bytes = encodeRows(Array.from({ length: count }, (_, i) => row(i)));
        using table = decode(bytes, names);
        const expected = decodeReference(bytes).flatMap((r, i) => (holds(r) ? [i] : []));
        expect(Array.from(table.select(text)), `${count} rows`).toEqual(expected);
      }
    });
  });

  test('lists of any length, of ports and of numbers', () => {
    const list = fc.oneof(
      fc.array(fc.nat(65535), { minLength: 1, maxLength: 300 }),
      fc.array(fc.nat(300), { minLength: 1, maxLength: 300 }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(300), fc.nat(65535)), { maxLength: 100 }),
        list,
        (values, wanted) => {
          using table = decode(
            encodeRows(values.map((value) => [5, 0, networkOrder(value), 0, 0, value, 0])),
            [],
          );
          const expected = values.flatMap((value, i) => (wanted.includes(value) ? [i] : []));
          expect(Array.from(table.select(`lport in ${wanted.join()}`))).toEqual(expected);
          expect(Array.from(table.select(`pid in (${wanted.join(', ')})`))).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('nothing is written outside of what was reserved: tables side by side stay as they are', () => {
    const rows = (count: number): number[][] =>
      Array.from({ length: count }, (_, i) => [5, i, i, i, i, i, i]);
    const expected = decodeReference(encodeRows(rows(100)));
    using table = decode(encodeRows(rows(10_000)), []);
    for (let size = 0; size < 3000; size += 100) {
      // Selecting finds room where a table of this size was, and another table begins behind it.
      const before = decode(encodeRows(rows(size)), []);
      using behind = decode(encodeRows(rows(100)), []);
      before.free();
      expect(table.select('* or lport in 1, 3, 5 or (udp or (tcp))')).toHaveLength(10_000);
      expect(behind.rows(Array.from(expected.keys()))).toMatchObject(expected);
    }
  });

  test('ranges at both ends of what a column can hold', () => {
    const values = [0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
    using table = decode(encodeRows(values.map((value) => [5, 0, value, 0, 0, value, 0])), []);
    const selected = (text: string): number[] => Array.from(table.select(text), (i) => values[i]!);
    expect(selected('pid in 0..4294967295')).toEqual(values);
    expect(selected('pid < 0')).toEqual([]);
    expect(selected('pid > 4294967295')).toEqual([]);
    expect(selected('pid >= 4294967295')).toEqual([0xffffffff]);
    expect(selected('pid <= 0')).toEqual([0]);
    expect(selected('pid in 1..2147483648')).toEqual([1, 0x7fffffff, 0x80000000]);
    expect(selected('pid in ..1, 4294967294..')).toEqual([0, 1, 0xfffffffe, 0xffffffff]);
    expect(selected('lport > 65535 or rport > 65535 or lport < 0')).toEqual([]);
  });
});
