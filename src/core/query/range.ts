/** Two dots, which are the last two where there are three: `10.1...10.3.` goes from `10.1.` to `10.3.` */
const RANGE = /^(.*?)\.\.(?!\.)(.*)$/s;

/** The ends of a range `low..high`, of which one can be missing; undefined where the text is no range. */
export function splitRange(text: string): readonly [from: string, to: string] | undefined {
  const [, from, to] = RANGE.exec(text) ?? [];
  return from === undefined || to === undefined ? undefined : [from, to];
}
