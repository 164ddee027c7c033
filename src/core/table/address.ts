/** Dotted decimal text of an IPv4 address, given as a number whose most significant byte is the first octet. */
export function formatIPv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}
