import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { createDecoder, diffTables, type Decoder } from 'tcpscope/core';

// Tables of IPv6 in which any words of a key vary and the others are the same in all rows, against two Maps of keys as text.

const ROW_BYTES = 60;
const [LISTEN, ESTABLISHED, LAST_ACK] = [2, 5, 9];
/** What a row's key is made of: local words and scope id, local port, remote words and scope id, remote port. */
const KEY_WORDS = 12;
const [LOCAL_WORDS, STATE, PID] = [6, 12, 13];

type Words = readonly number[];

let decoder: Decoder;

beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

const rowsOf = (varying: readonly boolean[]): fc.Arbitrary<Words[]> =>
  fc.uniqueArray(
    fc
      .tuple(
        fc.array(fc.constantFrom(1, 2, 0x80000003), { minLength: KEY_WORDS, maxLength: KEY_WORDS }),
        fc.constantFrom(LISTEN, ESTABLISHED, LAST_ACK),
        fc.constantFrom(4, 8),
      )
      .map(([key, state, pid]) => [...key.map((word, i) => (varying[i] ? word : 1)), state, pid]),
    { selector: keyOf, maxLength: 60 },
  );

const tables = fc
  .array(fc.boolean(), { minLength: KEY_WORDS, maxLength: KEY_WORDS })
  .chain((varying) => fc.tuple(rowsOf(varying), rowsOf(varying), fc.boolean()));

test('tables in which any words vary', () => {
  fc.assert(
    fc.property(tables, ([before, others, areAlike]) => {
      // Mostly rows that are the same in the same place, or nothing in common but by chance.
      const added = others.filter((row) => before.every((known) => keyOf(known) !== keyOf(row)));
      const kept = before.filter((_, i) => i % 5 !== 2).map((row, i) => (i % 7 === 3 ? changed(row) : row));
      const after = areAlike ? [...kept, ...added] : others;
      using a = decoder.decode(encode(before), 'tcp6-2');
      using b = decoder.decode(encode(after), 'tcp6-2');
      const { opened, closed, stateChanged, ownerChanged } = diffTables(a, b);
      const places = new Map(after.map((row, i) => [keyOf(row), i]));
      const known = new Set(before.map(keyOf));
      const pairs = before.flatMap((row, i) => {
        const place = places.get(keyOf(row));
        return place === undefined ? [] : [[i, place] as const];
      });
      const differing = (word: number): (readonly [number, number])[] =>
        pairs.filter(([i, j]) => before[i]![word] !== after[j]![word]);
      expect(ascending(opened)).toEqual(numbersOf(after, (row) => !known.has(keyOf(row))));
      expect(ascending(closed)).toEqual(numbersOf(before, (row) => !places.has(keyOf(row))));
      expect([...stateChanged].sort(([i], [j]) => i - j)).toEqual(differing(STATE));
      expect([...ownerChanged].sort(([i], [j]) => i - j)).toEqual(differing(PID));
    }),
    { numRuns: 2000 },
  );
});

/** Another owner, and where that does not change the key another state. */
function changed(row: Words): Words {
  const state = row[STATE] === LISTEN ? LISTEN : ESTABLISHED + LAST_ACK - row[STATE]!;
  return [...row.slice(0, STATE), state, 12 - row[PID]!];
}

/** A listener has no remote end. */
function keyOf(row: Words): string {
  return row[STATE] === LISTEN ? row.slice(0, LOCAL_WORDS).join() : row.slice(0, KEY_WORDS).join();
}

function numbersOf(rows: readonly Words[], isWanted: (row: Words) => boolean): number[] {
  return rows.flatMap((row, i) => (isWanted(row) ? [i] : []));
}

function ascending(numbers: Uint32Array): number[] {
  return Array.from(numbers).sort((a, b) => a - b);
}

/** A row of MIB_TCP6TABLE2 is the key in this order, then the state and the pid. */
function encode(rows: readonly Words[]): Uint8Array {
  const bytes = new Uint8Array(4 + ROW_BYTES * rows.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rows.length, true);
  for (const [i, row] of rows.entries()) {
    for (const [word, value] of row.entries()) {
      const at = 4 + ROW_BYTES * i + 4 * word;
      const isPort = word === LOCAL_WORDS - 1 || word === KEY_WORDS - 1;
      if (isPort) view.setUint16(at, value & 0xffff);
      else view.setUint32(at, value);
    }
    view.setUint32(4 + ROW_BYTES * i + 4 * STATE, row[STATE]!, true);
    view.setUint32(4 + ROW_BYTES * i + 4 * PID, row[PID]!, true);
  }
  return bytes;
}
