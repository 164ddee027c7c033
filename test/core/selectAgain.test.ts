import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, type Decoder } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';
import { firstDifference, randomOf } from '../reference/largeOrders.js';

// Large tables that are asked the same again: from the second time on, columns of small values are tested by bytes.

const NO_VALUE = 0xffffffff;
/** Those that a byte tells, those that it does not, and others that begin or end alike. */
const STATES = [0, 1, 2, 5, 5, 5, 11, 100, 253, 254, 255, 256, 257, 261, 0x105, 0x500, 0x80000005, NO_VALUE];
const OFFLOADS = [0, 1, 3, 255, 256, NO_VALUE];
/** About the least rows for which bytes are made, and about a multiple of what is read at a time. */
const COUNTS = [65_535, 65_536, 65_551, 70_001];

type Row = readonly [state: number, pid: number, offload: number];

function randomRows(count: number): Row[] {
  const random = randomOf(count);
  return Array.from({ length: count }, () => [
    STATES[random(STATES.length)]!,
    random(4),
    OFFLOADS[random(OFFLOADS.length)]!,
  ]);
}

function encode(rows: readonly Row[]): Uint8Array {
  return encodeRows(rows.map(([state, pid, offload]) => [state, 0, 0, 0, 0, pid, offload]));
}

const CASES: readonly (readonly [text: string, holds: (row: Row) => boolean])[] = [
  ['state = 5', ([state]) => state === 5],
  ['state != 5', ([state]) => state !== 5],
  ['not state = 5', ([state]) => state !== 5],
  ['state in 1, 5, 100', ([state]) => [1, 5, 100].includes(state)],
  ['state in 0, 254', ([state]) => [0, 254].includes(state)],
  ['state = 255', ([state]) => state === 255],
  ['state in 253, 255', ([state]) => [253, 255].includes(state)],
  ['state = 256', ([state]) => state === 256],
  ['state = 261', ([state]) => state === 261],
  ['offload = 0', ([, , offload]) => offload === 0],
  ['offload = 3 or state = 11', ([state, , offload]) => offload === 3 || state === 11],
  ['pid = 1 and state = 5 and offload = 1', (row) => row[1] === 1 && row[0] === 5 && row[2] === 1],
];

describe.each(['tcpscope.wasm', 'tcpscope.debug.wasm'])('%s', (file) => {
  let decoder: Decoder;

  beforeAll(async () => {
    decoder = await createDecoder(readFileSync(new URL(`../../dist/${file}`, import.meta.url)));
  });

  test.each(COUNTS)('%i rows select the same each time', (count) => {
    const rows = randomRows(count);
    using table = decoder.decode(encode(rows), 'tcp2');
    const expected = CASES.map(([, holds]) =>
      Uint32Array.from(rows.flatMap((row, i) => (holds(row) ? [i] : []))),
    );
    for (let turn = 0; turn < 3; turn++) {
      // What is made next to it may not be written into.
      using behind = decoder.decode(encode(rows.slice(0, 100)), 'tcp2');
      for (const [i, [text]] of CASES.entries()) {
        expect(firstDifference(table.select(text), expected[i]!), `${text}, turn ${turn}`).toBeUndefined();
      }
      expect(behind.copyColumn('state')).toEqual(Uint32Array.from(rows.slice(0, 100), ([state]) => state));
    }
  });

  test('rows of UDP have no state, whatever they are tested by', () => {
    const rows = randomRows(40_000);
    const udp = new Uint8Array(4 + 8 * 40_000);
    new DataView(udp.buffer).setUint32(0, 40_000, true);
    const [{ scope, synthesized } = { scope: 'all', synthesized: false }] = EXAMPLE_SNAPSHOT.tables;
    using table = decoder.decodeSnapshot({
      ...EXAMPLE_SNAPSHOT,
      tables: [
        { class: 'tcp2', scope, synthesized, bytes: encode(rows) },
        { class: 'udp', scope, synthesized, bytes: udp },
      ],
    });
    const rowsOf = (holds: (row: Row) => boolean): Uint32Array =>
      Uint32Array.from(rows.flatMap((row, i) => (holds(row) ? [i] : [])));
    const udpRows = Uint32Array.from({ length: 40_000 }, (_, i) => 40_000 + i);
    const cases: readonly (readonly [text: string, expected: Uint32Array])[] = [
      ['state = 5', rowsOf(([state]) => state === 5)],
      ['state in 1, 255, 256', rowsOf(([state]) => [1, 255, 256].includes(state))],
      ['offload = 1', rowsOf(([, , offload]) => offload === 1)],
      ['udp', udpRows],
      ['tcp and pid = 2', rowsOf(([, pid]) => pid === 2)],
      ['family = IPv4 and udp', udpRows],
    ];
    for (let turn = 0; turn < 3; turn++) {
      for (const [text, expected] of cases) {
        expect(firstDifference(table.select(text), expected), `${text}, turn ${turn}`).toBeUndefined();
      }
    }
  });
});

test('what holds in some blocks only: later tests are passed over in the others', async () => {
  const decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
  const random = randomOf(1);
  // The pid is the number of the block, of 512 rows, so that half a block or none of it passes the first test.
  const rows = Array.from({ length: 20_000 }, (_, i) => [random(8), i >>> 9, random(4)] as const);
  using table = decoder.decode(encode(rows), 'tcp2');
  const expectRows = (text: string, holds: (row: Row) => boolean): void => {
    const expected = rows.flatMap((row, i) => (holds(row) ? [i] : []));
    expect(table.select(text), text).toEqual(Uint32Array.from(expected));
  };
  expectRows(
    'pid = 7 and state = 5 and offload = 1',
    ([state, pid, offload]) => pid === 7 && state === 5 && offload === 1,
  );
  expectRows(
    'pid = 7 and (state = 5 or offload = 1)',
    ([state, pid, offload]) => pid === 7 && (state === 5 || offload === 1),
  );
  expectRows(
    'pid = 7 and not (pid = 7 and state = 5) or pid = 20 and offload = 2',
    ([state, pid, offload]) => (pid === 7 && state !== 5) || (pid === 20 && offload === 2),
  );
  expectRows(
    'not (pid = 39 and state = 1) and offload = 0',
    ([state, pid, offload]) => !(pid === 39 && state === 1) && offload === 0,
  );
  expectRows('pid = 999 and state = 1 or state = 2', ([state]) => state === 2);
  expectRows(
    'pid in 3, 30 and remote in 0.0.0.0/0',
    ([state, pid]) => state !== 2 && (pid === 3 || pid === 30),
  );
});
