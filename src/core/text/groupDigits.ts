/** A whole number with its digits in groups, `1,234,567`: what toLocaleString makes of it in English, for which Node loads much more. */
export function groupDigits(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}
