import type { Page } from 'playwright-core';

/** Chooses a file, and measures from the picker's event until what a selector names has been painted. */
export async function timeUntilPainted(page: Page, path: string, selector: string): Promise<number> {
  page.setDefaultTimeout(0);
  const painted = page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        let start = 0;
        document
          .querySelector('#pick-files')!
          .addEventListener('change', () => (start = performance.now()), true);
        const look = (): void => {
          if (document.querySelector(wanted) === null) requestAnimationFrame(look);
          else setTimeout(() => resolve(performance.now() - start));
        };
        look();
      }),
    selector,
  );
  await page.setInputFiles('#pick-files', path);
  return painted;
}
