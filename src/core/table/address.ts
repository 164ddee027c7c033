/** Dotted decimal text of an IPv4 address, given as a number whose most significant byte is the first octet. */
export function formatIPv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/**
 * Makes a function that returns the text of the prefix whose first `bits` bits are given as a number: `10.1.2.0/24`, and of
 * 32 bits the address. Neighbours share their text up to the last octet that differs.
 */
export function addressTexts(bits: number): (prefix: number) => string {
  const suffix = bits === 32 ? '' : `/${bits}`;
  /** Octets behind those that end within the last one of the prefix. */
  const zeros = Math.floor((32 - bits) / 8);
  const ends = Array.from({ length: 256 }, (_, octet) => `${octet}${'.0'.repeat(zeros)}${suffix}`);
  const shift = (32 - bits) % 8;
  let lastHead = -1;
  let headText = '';
  return (prefix) => {
    const octets = (prefix << shift) >>> 0;
    const head = octets >>> 8;
    if (head !== lastHead) {
      lastHead = head;
      headText = dotted(head, 3 - zeros);
    }
    return headText + ends[octets & 255]!;
  };
}

/** The last `count` octets of a number, each with a dot behind it. */
function dotted(octets: number, count: number): string {
  let text = '';
  for (let shift = 8 * (count - 1); shift >= 0; shift -= 8) text += DOTTED_OCTETS[(octets >>> shift) & 255]!;
  return text;
}

const DOTTED_OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => `${octet}.`);
