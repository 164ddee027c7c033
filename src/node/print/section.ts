export type Line = readonly [label: string, text: string];

const LABEL_WIDTH = 10;

/** Labels, and beside them what they are of. */
export function* section(lines: readonly Line[]): Generator<string> {
  for (const [label, text] of lines) yield `  ${label.padEnd(LABEL_WIDTH)}  ${text}\n`;
}
