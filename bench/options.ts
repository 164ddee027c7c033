import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WORKS, type Work } from './comparison.js';
import type { Rounds } from './measure.js';

export interface Options {
  readonly works: ReadonlySet<Work>;
  readonly sizes: readonly number[];
  /** All, where it is absent. */
  readonly kinds?: ReadonlySet<string>;
  readonly rounds?: number;
  readonly json: string;
  readonly markdown?: string;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `npm run bench -- [OPTIONS]

  --only WORK,…      ${WORKS.join(' ')};
                     the beginning of a name stands for all that begin with it (default: all)
  --sizes ROWS,…     rows of a table (default: 1e3,1e5,1e6,1e7)
  --kinds KIND,…     busy client random sorted-busy …, or the name of an adversarial input (default: all)
  --rounds N         instead of what suits the size
  --json PATH        where the figures go (default: bench/results/latest.json)
  --markdown PATH    write the tables into this file, between its two marker lines
`;

const DEFAULT_SIZES = '1e3,1e5,1e6,1e7';

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  return {
    works: new Set(values.only === undefined ? WORKS : list(values.only).flatMap(worksNamed)),
    sizes: list(values.sizes ?? DEFAULT_SIZES).map((text) => positive(text, '--sizes')),
    ...(values.kinds !== undefined && { kinds: new Set(list(values.kinds)) }),
    ...(values.rounds !== undefined && { rounds: positive(values.rounds, '--rounds') }),
    json: values.json ?? fileURLToPath(new URL('../results/latest.json', import.meta.url)),
    ...(values.markdown !== undefined && { markdown: values.markdown }),
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const options = {
    only: text,
    sizes: text,
    kinds: text,
    rounds: text,
    json: text,
    markdown: text,
    help: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function worksNamed(name: string): Work[] {
  const works = WORKS.filter((work) => work === name);
  const begun = works.length > 0 ? works : WORKS.filter((work) => work.startsWith(name));
  if (begun.length === 0) throw new UsageError(`--only: no work "${name}"; there are ${WORKS.join(', ')}`);
  return begun;
}

function list(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function positive(text: string, option: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new UsageError(`${option}: not a positive number: "${text}"`);
  return number;
}

/** Many rounds where they are cheap. The slow ones need a fraction of them for a median. */
export function roundsFor(work: Work, rows: number, wanted: number | undefined): Rounds {
  if (wanted !== undefined) return { all: wanted, slow: wanted };
  if (work === 'cli') return { all: 20, slow: 20 };
  if (rows >= 10_000_000) return { all: 3, slow: 1 };
  if (rows >= 1_000_000) return { all: 15, slow: 5 };
  return { all: 25, slow: 11 };
}
