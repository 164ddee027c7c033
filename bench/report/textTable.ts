/** Columns padded to their widest cell; the first `leftColumns` to the left, the others to the right. */
export function formatTextTable(
  header: readonly string[],
  rows: readonly string[][],
  leftColumns = 1,
): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (i < leftColumns ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}\n`)
    .join('');
}
