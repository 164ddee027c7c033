import type { Page } from 'playwright-core';

/**
 * Chooses a file, and measures from the picker's event until what a selector names has been painted. It waits for changes of the page: to look in
 * every frame would have the browser make frames, whose processor time the page's own work would miss.
 */
export async function timeUntilPainted(page: Page, path: string, selector: string): Promise<number> {
  page.setDefaultTimeout(0);
  const painted = page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        let start = 0;
        document
          .querySelector('#pick-files')!
          .addEventListener('change', () => (start = performance.now()), true);
        const observer = new MutationObserver(() => {
          if (document.querySelector(wanted) === null) return;
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
        });
        observer.observe(document.body, { subtree: true, childList: true, attributes: true });
      }),
    selector,
  );
  await page.setInputFiles('#pick-files', path);
  return painted;
}
