/** Three significant digits, thousands separated. */
export function formatNumber(value: number): string {
  if (value === 0) return '0';
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const fixed = value.toFixed(Math.min(places, 4));
  return fixed.replace(/\B(?=(\d{3})+$)/g, places === 0 ? ',' : '');
}

export function formatRows(rows: number): string {
  return rows.toLocaleString('en-US');
}
