import type { Engine } from './engine.js';

/** Reserves blocks of these lengths, in bytes, for as long as `use` runs, which is given where each is. */
export function withNamedBlocks<Name extends string, Result>(
  engine: Engine,
  byteLengths: Readonly<Record<Name, number>>,
  use: (blocks: Readonly<Record<Name, number>>) => Result,
): Result {
  const lengths = Object.entries<number>(byteLengths);
  return engine.withBlocks(
    lengths.map(([, length]) => length),
    (blocks) =>
      use(Object.fromEntries(lengths.map(([name], i) => [name, blocks[i]!])) as Record<Name, number>),
  );
}
