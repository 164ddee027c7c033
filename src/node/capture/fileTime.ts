/** 1601-01-01, where FILETIME begins, to 1970-01-01, in units of 100 ns. */
export const FILETIME_OF_1970 = 116_444_736_000_000_000n;
