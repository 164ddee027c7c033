/**
 * `2026-11-23T19:01:35.123456Z`. Values beyond what a calendar holds (a damaged or hostile file) are shown as numbers. A number is exact
 * from the year 1684 on, a bigint from any.
 */
export function formatUtc(microseconds: number | bigint): string {
  const isBig = typeof microseconds === 'bigint';
  const rest = Number(isBig ? microseconds % 1000n : microseconds % 1000);
  const micros = rest < 0 ? rest + 1000 : rest;
  const date = new Date(
    isBig ? Number((microseconds - BigInt(micros)) / 1000n) : (microseconds - micros) / 1000,
  );
  if (Number.isNaN(date.getTime())) return `${microseconds} µs since 1970`;
  return date.toISOString().replace(/Z$/, `${String(micros).padStart(3, '0')}Z`);
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
  return parseUtcSpan(text)?.[0];
}

/** As parseUtc, the first and the last microsecond that the text stands for: of a date a day, else a minute, a second, or a part of one. */
export function parseUtcSpan(text: string): readonly [first: number, last: number] | undefined {
  const match = UTC.exec(text);
  if (match === null) return undefined;
  const [, date, time, fraction] = match;
  const milliseconds = Date.parse(`${date}T${time ?? '00:00'}Z`);
  // Date takes February 30 for March 2.
  if (Number.isNaN(milliseconds) || !formatUtc(milliseconds * 1000).startsWith(date!)) return undefined;
  const first = milliseconds * 1000 + Number((fraction ?? '').padEnd(6, '0'));
  return [first, first + spanOf(time, fraction) - 1];
}

function spanOf(time: string | undefined, fraction: string | undefined): number {
  if (fraction !== undefined) return 10 ** (6 - fraction.length);
  if (time === undefined) return 86_400_000_000;
  return time.length > 5 ? 1_000_000 : 60_000_000;
}
