import { stateKind } from '../../src/core/table/stateKind.js';

/** States of one kind have one colour in different strengths: so much of it in a hundred. */
const STRENGTHS: Readonly<Record<string, number>> = {
  BOUND: 55,
  SYN_RECEIVED: 60,
  FIN_WAIT_1: 82,
  FIN_WAIT_2: 64,
  CLOSING: 48,
  LAST_ACK: 34,
  CLOSED: 65,
  DELETE_TCB: 45,
};

/** The colour of a state, for style sheets. Rows of protocols without states (`UDP`) are grey. */
export function stateColour(state: string): string {
  if (state === 'UDP') return 'color-mix(in srgb, var(--quiet) 35%, var(--page))';
  const kind = stateKind(state);
  const strength = Object.hasOwn(STRENGTHS, state) ? STRENGTHS[state] : undefined;
  return strength === undefined
    ? `var(--${kind})`
    : `color-mix(in srgb, var(--${kind}) ${strength}%, var(--page))`;
}

/** What a canvas takes for a colour of the style sheet, as it is now: light or dark. */
export function resolveColour(within: HTMLElement, colour: string): string {
  const before = within.style.color;
  within.style.color = colour;
  const resolved = getComputedStyle(within).color;
  within.style.color = before;
  return resolved;
}
