const FOCUSABLE = 'button, input, select, summary, a[href], [tabindex]';

/**
 * Rebuilds a part of the page without losing the place of whoever is in it with the keyboard: what has the same name then has the
 * focus, or else what stands in its place.
 */
export function keepFocus(part: HTMLElement, rebuild: () => void): void {
  const before = focusables(part);
  const place = before.findIndex((candidate) => candidate === document.activeElement);
  const name = place === -1 ? undefined : nameOf(before[place]!);
  rebuild();
  if (name === undefined) return;
  const after = focusables(part);
  const there = after[Math.min(place, after.length - 1)];
  const same =
    there && nameOf(there) === name ? there : after.find((candidate) => nameOf(candidate) === name);
  (same ?? there)?.focus({ preventScroll: true });
}

function focusables(part: HTMLElement): HTMLElement[] {
  return [...part.querySelectorAll<HTMLElement>(FOCUSABLE)];
}

function nameOf(focusable: HTMLElement): string {
  return `${focusable.tagName} ${focusable.getAttribute('aria-label') ?? focusable.textContent}`;
}
