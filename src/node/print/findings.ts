import type { Finding } from '../../core/index.js';
import { cellWidth, printable } from './cellText.js';
import type { Terminal } from './terminal.js';
import { wrapWords } from './wrapWords.js';

const LABELS = { warning: 'warning', notice: 'notice ' } as const;
const INDENT = ' '.repeat('warning  '.length);

/** Each finding with what it means and the expression that selects its rows. */
export function* findingsText(
  name: string,
  findings: readonly Finding[],
  { width, colors }: Terminal,
): Generator<string> {
  yield colors.bold(printable(name)) + '\n';
  if (findings.length === 0) yield '  nothing found\n';
  const inner = width === undefined ? undefined : Math.max(1, width - cellWidth(INDENT));
  for (const { severity, title, explanation, where } of findings) {
    const [first = '', ...rest] = wrapWords(printable(title).split(' '), inner);
    const color = severity === 'warning' ? colors.yellow : colors.cyan;
    yield `${color(LABELS[severity])}  ${colors.bold(first)}\n`;
    for (const line of rest) yield `${INDENT}${colors.bold(line)}\n`;
    for (const line of wrapWords(explanation.split(' '), inner)) yield `${INDENT}${line}\n`;
    // Not wrapped: it is there to be copied.
    if (where !== undefined) yield `${INDENT}${colors.dim(`--where "${where}"`)}\n`;
  }
}
