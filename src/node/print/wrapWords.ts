import { cellWidth, truncate } from './cellText.js';

/** Words as lines of at most `width` columns; a longer word is cut off. */
export function wrapWords(words: readonly string[], width = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line === undefined) lines.push(word);
    else if (cellWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => truncate(line, width));
}
