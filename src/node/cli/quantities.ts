const MICROSECONDS: Readonly<Record<string, number>> = {
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** `500ms`, `1s`, `1.5h` in microseconds. */
export function parseDuration(text: string): number {
  return parseQuantity(text, MICROSECONDS, 'Give a time like 500ms, 1s, 5m, 2h or 1d.');
}

/** `100MB`, `1GiB` in bytes. */
export function parseSize(text: string): number {
  return parseQuantity(text, BYTES, 'Give a size like 500KB, 100MB or 1GiB.');
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>, advice: string): number {
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,6})?)([A-Za-z]+)$/.exec(text) ?? [];
  const scale = unit !== undefined && Object.hasOwn(units, unit) ? units[unit]! : 0;
  const quantity = Math.round(Number(number) * scale);
  if (!(quantity > 0)) throw new Error(advice);
  return quantity;
}
