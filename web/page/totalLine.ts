import type { QueryResult } from '../protocol.js';
import { element } from './element.js';
import { stateKind } from '../../src/core/table/stateKind.js';

/** Below the table: how many rows there are, and in which states. */
export class TotalLine {
  readonly #count = element('span', { class: 'count', role: 'status' });
  readonly #states = element('span', { class: 'states' });
  readonly element = element('footer', { class: 'total' }, [this.#count, this.#states]);

  update({ rowCount, total, states }: QueryResult): void {
    const noun = total === 1 ? 'connection' : 'connections';
    const shown = rowCount === total ? '' : `${rowCount.toLocaleString('en')} of `;
    this.#count.textContent = `${shown}${total.toLocaleString('en')} ${noun}`;
    this.#states.replaceChildren(
      ...states.map(({ stateName, count }) =>
        element('span', { class: 'state-count', 'data-kind': stateKind(stateName) }, [
          `${count.toLocaleString('en')} ${stateName ?? 'UDP'}`,
        ]),
      ),
    );
  }

  clear(): void {
    this.#count.textContent = '';
    this.#states.replaceChildren();
  }
}
