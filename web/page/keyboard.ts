/** Keys that work wherever the focus is, but not while somebody types. */
export function listenForKeys(keys: Readonly<Record<string, () => void>>): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]') !== null && event.key !== '?') return;
    const act = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

/** Ctrl+P, or ⌘P: the browser would not wait for rows that are not here yet. */
export function listenForPrinting(canPrint: () => boolean, print: () => void): void {
  document.addEventListener('keydown', (event) => {
    const isPlain = !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'p';
    if (!isPlain || !(event.ctrlKey || event.metaKey) || !canPrint()) return;
    event.preventDefault();
    print();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox]), select, textarea');
}
