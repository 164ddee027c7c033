import type { Decoder } from '../../decoder.js';
import type { Finding, Rule } from '../../findings/finding.js';
import { findingsIn, promisingRules } from '../../findings/findings.js';
import { TraitReader } from '../../findings/traits.js';
import type { DatasetChunk } from '../datasetChunk.js';

/** A rule that found something, as far as a summary tells it. */
export type FoundRule = Pick<Finding, 'rule' | 'severity'>;

/**
 * What is found in each snapshot of a chunk. Most rules find nothing in most snapshots, which one pass over all rows tells of nearly all; only
 * the others need tables of their own.
 *
 * @throws SnapshotError as `decodeSnapshot` does
 */
export function findRules(chunk: DatasetChunk, decoder: Decoder): FoundRule[][] {
  const { snapshots, firstRows, table } = chunk;
  const [only] = snapshots;
  if (only !== undefined && snapshots.length === 1) return [findingsIn(table, only)];
  const traits = new TraitReader(chunk.data);
  const promising = snapshots.map((snapshot, i) =>
    promisingRules(traits.read(firstRows[i]!, firstRows[i + 1]! - firstRows[i]!), snapshot),
  );
  return promising.map((rules, i) => {
    if (rules.length === 0) return [];
    using own = decoder.decodeSnapshot(snapshots[i]!);
    return rules.flatMap((rule: Rule) => rule.find(own, snapshots[i]!));
  });
}
