import { escapeControls } from '../../src/core/text/escapeControls.js';
import type { Shown } from '../protocol.js';
import { element } from './element.js';
import { problemText } from './files.js';

/** Above the table of a snapshot that is damaged or cut off: what is wrong with it, so that nobody takes its rows for what was captured. */
export class DamageBar {
  readonly element = element('div', { class: 'damage', role: 'status', hidden: true });

  show({ problems, before }: Shown, isCut: boolean): void {
    const what = isCut
      ? 'The file ends inside this snapshot: it is incomplete.'
      : 'This snapshot is damaged.';
    const compared =
      before === undefined ? '' : ' Rows that are missing look as if they were opened or closed.';
    this.element.hidden = problems.length === 0;
    this.element.replaceChildren(
      element('p', {}, [`${what} What is left of it is shown, and nobody vouches for it.${compared}`]),
      element(
        'ul',
        {},
        problems
          .slice(0, MAX_LISTED)
          .map((problem) => element('li', {}, [escapeControls(problemText(problem))])),
      ),
    );
  }
}

const MAX_LISTED = 10;
