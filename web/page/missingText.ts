import { escapeControls } from '../../src/core/text/escapeControls.js';
import type { RecordingSeries } from '../protocol.js';

/** What is not in the recording, and why: of each kind the first, and how many more there are. */
export function missingText({ unreadable, unreadableCount, gaps, gapCount }: RecordingSeries): string {
  const more = (count: number): string => (count > 1 ? `, and ${(count - 1).toLocaleString('en')} more` : '');
  const texts: string[] = [];
  const [damage] = unreadable;
  if (damage !== undefined) {
    const what = damage.snapshot === null ? 'note of a gap' : `snapshot ${damage.snapshot}`;
    const place = damage.offset === null ? '' : ` (at byte ${damage.offset})`;
    texts.push(`Not read: ${what}: ${damage.reason}${place}${more(unreadableCount)}.`);
  }
  const [gap] = gaps;
  if (gap !== undefined) {
    texts.push(`Not captured: before snapshot ${gap.before}: ${gap.reason}${more(gapCount)}.`);
  }
  return escapeControls(texts.join(' '));
}
