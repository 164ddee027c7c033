/** The middle one of the values in order, or the mean of the two in the middle; NaN where there are none. */
export function median(values: Float64Array | Uint32Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return sorted.length === 0 ? Number.NaN : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
