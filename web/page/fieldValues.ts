import type { Field } from '../../src/core/index.js';
import type { WorkerClient } from './client.js';
import type { Suggestion } from './completion.js';
import { writtenValue } from './filterTerms.js';

const SUGGESTED_VALUES = 500;

/** The values that fields have in the snapshot shown, as the filter takes them. Asked for once. */
export class FieldValues {
  readonly #client: WorkerClient;
  #values = new Map<Field, Promise<readonly Suggestion[]>>();

  constructor(client: WorkerClient) {
    this.#client = client;
  }

  /** Another snapshot is shown. */
  forget(): void {
    this.#values = new Map();
  }

  of(field: Field): Promise<readonly Suggestion[]> {
    let values = this.#values.get(field);
    if (values === undefined) {
      values = this.#read(field);
      this.#values.set(field, values);
    }
    return values;
  }

  async #read(field: Field): Promise<readonly Suggestion[]> {
    try {
      const values = await this.#client.call('values', field, SUGGESTED_VALUES);
      return values.map(({ value, count }) => ({
        text: writtenValue(field, value as string | number | null),
        kind: field,
        count,
      }));
    } catch {
      // Suggestions are a convenience: without a snapshot there are none.
      return [];
    }
  }
}
