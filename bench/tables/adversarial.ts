import { Random } from './random.js';
import { ESTABLISHED } from './states.js';
import { TableBytes } from './tableBytes.js';

type Key = readonly [local: number, lport: number, remote: number, rport: number];
type MakeKeys = (random: Random, rows: number) => (row: number) => Key;

const LOCAL = 0x0a000411;
const REMOTE = 0xcb007109;

/** Inputs that a sort might stumble over, by name. */
const INPUTS: ReadonlyMap<string, MakeKeys> = new Map<string, MakeKeys>([
  ['constant', () => () => [LOCAL, 443, REMOTE, 50_000]],
  [
    '16 keys',
    (random) => {
      const remotes = Array.from({ length: 16 }, () => random.next());
      return () => [LOCAL, 443, random.pick(remotes), 50_000];
    },
  ],
  [
    'one outlier',
    (random, rows) => {
      const outlier = random.below(rows);
      return (row) =>
        row === outlier
          ? [0xffffffff, 0xffff, 0xffffffff, 0xffff]
          : [LOCAL, 443, (REMOTE & 0xffff0000) + random.below(65_536), 1024 + random.below(64_000)];
    },
  ],
  [
    '1000 locals × rports',
    (random) => {
      const locals = Array.from({ length: 1000 }, () => random.next());
      return () => [random.pick(locals), 443, REMOTE, random.below(65_536)];
    },
  ],
  [
    '1000 locals × rports + 8 outliers',
    (random, rows) => {
      const locals = Array.from({ length: 1000 }, () => random.next());
      const outliers = new Set(Array.from({ length: 8 }, () => random.below(rows)));
      return (row) =>
        outliers.has(row)
          ? [random.next(), random.below(65_536), random.next(), random.below(65_536)]
          : [random.pick(locals), 443, REMOTE, random.below(65_536)];
    },
  ],
  [
    '65536 locals × rports',
    (random) => () => [0x0a000000 + random.below(65_536), 443, REMOTE, random.below(65_536)],
  ],
  [
    'NAT: 16 remotes × 2 lports',
    (random) => {
      const remotes = Array.from({ length: 16 }, () => random.next());
      return () => [LOCAL, random.pick([80, 443]), random.pick(remotes), 1024 + random.below(64_512)];
    },
  ],
  [
    'NAT: 3 remotes × 1000 lports',
    (random) => {
      const remotes = Array.from({ length: 3 }, () => random.next());
      return () => [LOCAL, 8000 + random.below(1000), random.pick(remotes), 1024 + random.below(64_512)];
    },
  ],
  [
    'exponential remotes',
    (random) => () => {
      const exponent = (random.next() / 2 ** 32) * 32;
      return [LOCAL, 443, Math.floor(2 ** exponent), random.below(65_536)];
    },
  ],
  [
    'clustered remotes',
    (random) => {
      const clusters = Array.from({ length: 50 }, () => (random.next() & 0xffffff00) >>> 0);
      return () => [LOCAL, 443, random.pick(clusters) + random.below(256), 1024 + random.below(64_512)];
    },
  ],
  [
    'clusters of clusters',
    (random) => {
      const outer = Array.from({ length: 8 }, () => (random.next() & 0xff000000) >>> 0);
      return () => {
        const depth = random.below(24);
        return [LOCAL, 443, random.pick(outer) + (random.next() >>> (8 + depth)), random.below(65_536)];
      };
    },
  ],
  [
    'every 64th row elsewhere',
    (random) => (row) =>
      row % 64 === 0
        ? [LOCAL, 443, random.next(), random.below(65_536)]
        : [LOCAL, 443, REMOTE, random.below(65_536)],
  ],
  [
    'half everywhere then half dense',
    (random, rows) => (row) =>
      row * 2 < rows
        ? [random.next(), random.below(65_536), random.next(), random.below(65_536)]
        : [LOCAL, 443, (REMOTE & 0xffffff00) + random.below(256), random.below(65_536)],
  ],
  [
    'ascending but for 1%',
    (random, rows) => (row) => {
      const place = random.below(100) === 0 ? random.below(rows) : row;
      return [LOCAL, 443, Math.floor((place * 2 ** 32) / rows), 50_000];
    },
  ],
  [
    'up and down',
    (_, rows) => (row) => {
      const place = row * 2 < rows ? row * 2 : (rows - row) * 2 - 1;
      return [LOCAL, 443, Math.floor((place * (2 ** 32 - 1)) / rows), 50_000];
    },
  ],
]);

export const ADVERSARIAL_INPUTS: readonly string[] = [...INPUTS.keys()];

export function makeAdversarial(name: string, rows: number, seed: number): Uint8Array {
  const random = new Random(seed);
  const table = new TableBytes(rows);
  const keyOf = INPUTS.get(name)!(random, rows);
  for (let row = 0; row < rows; row++) {
    const [local, lport, remote, rport] = keyOf(row);
    table.set(row, ESTABLISHED, local, lport, remote, rport, 4);
  }
  return table.bytes;
}
