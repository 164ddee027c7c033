import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Engine } from '../../dist/core/engine/engine.js';

const module = new WebAssembly.Module(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));

test.each([1, 4096, 4097, 3 * 4096])(
  'touching %i bytes writes to every page of them, and to nothing beside',
  (length) => {
    const engine = new Engine(module);
    const room = engine.allocate(length + 64);
    const bytes = engine.borrowBytes(room, length + 64).fill(1);
    engine.touch(room + 32, length);
    const written = Array.from(bytes.keys()).filter((place) => bytes[place] !== 1);
    expect(written.length).toBe(Math.ceil(length / 4096));
    expect(written[0]).toBe(32);
    expect(written.at(-1)).toBeLessThan(32 + length);
  },
);
