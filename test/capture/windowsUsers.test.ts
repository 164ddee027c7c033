import { describe, expect, test } from 'vitest';
import { parseSid } from '../../dist/node/capture/windowsUsers.js';

const u32 = (value: number) => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];

describe('a security identifier', () => {
  // As Microsoft's page of well-known SIDs has them.
  test.each([
    ['S-1-5-18', [1, 1, 0, 0, 0, 0, 0, 5, ...u32(18)]],
    ['S-1-1-0', [1, 1, 0, 0, 0, 0, 0, 1, ...u32(0)]],
    ['S-1-5-32-544', [1, 2, 0, 0, 0, 0, 0, 5, ...u32(32), ...u32(544)]],
    [
      'S-1-5-21-4294967295-2147483648-1-500',
      [1, 5, 0, 0, 0, 0, 0, 5, ...[21, 0xffffffff, 0x80000000, 1, 500].flatMap(u32)],
    ],
    ['S-1-281474976710655', [1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ])('%s', (text, bytes) => {
    const longer = Uint8Array.from([...bytes, 0xee, 0xee]);
    expect(parseSid(longer)).toEqual({ text, bytes: Uint8Array.from(bytes) });
    for (let length = 0; length < bytes.length; length++) {
      expect(parseSid(longer.slice(0, length)), `${length}`).toBeUndefined();
    }
  });

  test.each([
    ['another revision', [2, 1, 0, 0, 0, 0, 0, 5, ...u32(18)]],
    ['more than 15 sub-authorities', [1, 16, 0, 0, 0, 0, 0, 5, ...Array<number>(64).fill(0)]],
  ])('is none with %s', (_, bytes) => {
    expect(parseSid(Uint8Array.from(bytes))).toBeUndefined();
  });
});
