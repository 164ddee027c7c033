/** As much of a time as tells it from the next one, `step` seconds later. */
export function timeText(seconds: number, step: number): string {
  const text = new Date(seconds * 1000).toISOString();
  if (step >= 86_400) return text.slice(0, 10);
  return step >= 60 ? text.slice(11, 16) : text.slice(11, step < 1 ? 23 : 19);
}

/** `950`, `12k`, `1.5M` */
export function shortNumber(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e4 ? `${value / 1e3}k` : String(value);
}
