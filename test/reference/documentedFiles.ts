import { readFileSync } from 'node:fs';

/** The files that stand as hex dumps in docs/format.md: each begins with a line of offset 0. */
export function documentedFiles(): Uint8Array<ArrayBuffer>[] {
  const page = readFileSync(new URL('../../docs/format.md', import.meta.url), 'utf8');
  const files: number[][] = [];
  for (const [, offset, bytes] of page.matchAll(/^ {4}([0-9a-f]{4}) {2}((?:[0-9a-f]{2} ?)+)$/gm)) {
    if (offset === '0000') files.push([]);
    files.at(-1)!.push(
      ...bytes!
        .trim()
        .split(' ')
        .map((byte) => parseInt(byte, 16)),
    );
  }
  return files.map((file) => Uint8Array.from(file));
}
