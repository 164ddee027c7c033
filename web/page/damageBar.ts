import { escapeControls } from '../../src/core/text/escapeControls.js';
import type { Problem } from '../protocol.js';
import { element } from './element.js';
import { problemText } from './files.js';

/** Above the table of a damaged snapshot: what is wrong with it, so that nobody takes its rows for what was captured. */
export class DamageBar {
  readonly element = element('div', { class: 'damage', role: 'status', hidden: true });

  show(problems: readonly Problem[]): void {
    this.element.hidden = problems.length === 0;
    this.element.replaceChildren(
      element('p', {}, ['This snapshot is damaged. What is left of it is shown, and nobody vouches for it:']),
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
