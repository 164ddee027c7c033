/**
 * Characters that a terminal obeys or that change how the text around them is shown: C0 and C1 controls, DEL, line and
 * paragraph separators, zero-width and bidirectional controls, lone surrogates, the byte order mark, tags.
 */
const CONTROLS =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu;

/**
 * Text from a file made fit to be printed: every control character becomes `\uXXXX`, which in JSON stands for that very
 * character. Other characters, right-to-left scripts included, stay as they are.
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    let escaped = '';
    for (let i = 0; i < character.length; i++) {
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}
