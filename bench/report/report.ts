import type { FloorResult, TypicalJsCheck } from '../floors.js';
import type { Result } from '../measure.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly v8: string;
  readonly compiler: string;
  /** One-minute load averages. What else ran on the machine makes figures worse, and their spread wider. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

/** What a run writes as JSON. */
export interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly results: readonly Result[];
  readonly floors: readonly FloorResult[];
  readonly typicalJs: readonly TypicalJsCheck[];
}
