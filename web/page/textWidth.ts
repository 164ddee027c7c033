/** Of the table's text, in pixels: a text that seems to fit by less is taken for one that does not. */
const SLACK = 2;
const FIRST = 0x20;
const LAST = 0x7e;

let widths: readonly number[] | undefined;

/** Whether a text surely fits into so many pixels of a cell of the table. Only texts in ASCII do, for only their widths are known. */
export function fitsIn(text: string, pixels: number): boolean {
  widths ??= measure();
  let width = SLACK;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < FIRST || code > LAST) return false;
    width += widths[code - FIRST]!;
  }
  return width <= pixels;
}

/** The width of each printable character of ASCII; of digits, which the table sets equally wide, that of the widest. */
function measure(): number[] {
  const context = document.createElement('canvas').getContext('2d');
  // Wider than any, where the browser does not tell.
  if (context === null) return Array.from({ length: LAST - FIRST + 1 }, () => Number.POSITIVE_INFINITY);
  const { fontSize, fontFamily } = getComputedStyle(document.body);
  context.font = `${fontSize} ${fontFamily}`;
  const widthOf = (character: string): number => context.measureText(character).width;
  const digit = Math.max(...Array.from('0123456789', widthOf));
  return Array.from({ length: LAST - FIRST + 1 }, (_, i) => {
    const character = String.fromCharCode(FIRST + i);
    return /\d/.test(character) ? digit : widthOf(character);
  });
}
