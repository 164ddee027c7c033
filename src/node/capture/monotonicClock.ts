/** Microseconds since an arbitrary point, never running backwards: the clock of `time.monotonicMicroseconds`. */
export function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
