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

const UTC = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6}))?)? ?(?:Z|UTC)?$/;

/**
 * Microseconds since 1970 of a time as formatUtc or formatUtcSeconds writes it, or undefined where it is none. Without a
 * zone it is UTC too, like every time that tcpscope shows.
 */
export function parseUtc(text: string): number | undefined {
  const match = UTC.exec(text);
  if (match === null) return undefined;
  const [, date, time = '00:00', fraction = ''] = match;
  const milliseconds = Date.parse(`${date}T${time}Z`);
  // Date takes February 30 for March 2.
  if (Number.isNaN(milliseconds) || !formatUtc(milliseconds * 1000).startsWith(date!)) return undefined;
  return milliseconds * 1000 + Number(fraction.padEnd(6, '0'));
}
