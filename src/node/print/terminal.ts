import pc from 'picocolors';

/** What printers know of where their text goes. */
export interface Terminal {
  /** Columns, where it is a terminal; text for pipes and files is as wide as it needs. */
  readonly width: number | undefined;
  readonly colors: Colors;
}

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours only on a terminal that shows them, and only where neither NO_COLOR (no-color.org) nor the user forbids it. */
export function terminalOf(
  stream: NodeJS.WriteStream,
  allowColor: boolean,
  env: NodeJS.ProcessEnv,
): Terminal {
  // Off a terminal `isTTY` is undefined, and picocolors would guess for itself.
  const isTerminal = stream.isTTY === true;
  const color = isTerminal && allowColor && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return {
    width: isTerminal && stream.columns > 0 ? stream.columns : undefined,
    colors: pc.createColors(color),
  };
}
