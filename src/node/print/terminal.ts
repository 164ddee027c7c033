import { inspect } from 'node:util';

/** What printers know of where their text goes. */
export interface Terminal {
  /** Columns, where it is a terminal; text for pipes and files is as wide as it needs. */
  readonly width: number | undefined;
  /** Whether colours change anything. */
  readonly isColored: boolean;
  readonly colors: Colors;
}

const STYLES = ['bold', 'dim', 'red', 'green', 'yellow', 'magenta', 'cyan'] as const;

export type Colors = Readonly<Record<(typeof STYLES)[number], (text: string) => string>>;

/** Colours only on a terminal that shows them, and only where neither NO_COLOR (no-color.org) nor the user forbids it. */
export function terminalOf(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>,
  allowColor: boolean,
  env: NodeJS.ProcessEnv,
): Terminal {
  const isColored = stream.isTTY && allowColor && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return {
    width: stream.isTTY && stream.columns > 0 ? stream.columns : undefined,
    isColored,
    colors: colors(isColored),
  };
}

/** Each style is switched on and off again by a code (ECMA-48, SGR), which Node knows. */
function colors(isColored: boolean): Colors {
  const styled = STYLES.map((style) => {
    const [on, off] = inspect.colors[style]!;
    return [style, (text: string) => (isColored ? `\x1b[${on}m${text}\x1b[${off}m` : text)] as const;
  });
  return Object.fromEntries(styled) as Colors;
}
