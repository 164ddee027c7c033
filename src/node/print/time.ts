/** `2026-11-23T19:01:35.123456Z`. Values beyond what a calendar holds (a damaged or hostile file) are shown as numbers. */
export function formatUtc(microseconds: number): string {
  const date = new Date(Math.floor(microseconds / 1000));
  if (Number.isNaN(date.getTime())) return `${microseconds} µs since 1970`;
  const micros = String(microseconds % 1000).padStart(3, '0');
  return date.toISOString().replace(/Z$/, `${micros}Z`);
}

/** `2026-11-23 19:01:35 UTC`, for people. */
export function formatUtcSeconds(microseconds: number): string {
  const text = formatUtc(microseconds);
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\./.exec(text);
  return match ? `${match[1]} ${match[2]} UTC` : text;
}
