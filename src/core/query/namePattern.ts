/** The texts between the `*` of a pattern, each of which stands for any text: `chr*.exe` is `chr`, `.exe`. */
export type NamePattern = readonly string[];

/** Tells which names match one of the patterns. Letter case does not matter. */
export function nameMatcher(patterns: readonly NamePattern[]): (name: string) => boolean {
  const folded = patterns.map((pattern) => pattern.map(foldCase));
  // Lists of whole names can be long, patterns are few.
  const whole = new Set(folded.filter((parts) => parts.length === 1).map(([name]) => name!));
  const partial = folded.filter((parts) => parts.length > 1);
  return (name) => {
    const text = foldCase(name);
    return whole.has(text) || partial.some((parts) => matches(text, parts));
  };
}

/** Each part where it first fits after the one before: if a later place would do, this one does as well. */
function matches(text: string, parts: readonly string[]): boolean {
  const first = parts[0]!;
  const last = parts.at(-1)!;
  const end = text.length - last.length;
  if (first.length > end || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Capitals, as Windows compares names of files: small letters depend on what follows (the Greek sigma), capitals do not. */
function foldCase(text: string): string {
  return text.toUpperCase();
}
