import { checkNumbers, OURS, type Comparison } from '../comparison.js';
import { WideRadix } from '../peers/wideRadix.js';
import { makeAdversarial } from '../tables/adversarial.js';
import { asIPv6 } from '../tables/ipv6.js';
import { isBasicKind, makeTable } from '../tables/kinds.js';
import { seedOf, type Context } from './context.js';

const PEER = 'WASM radix of wide keys';

/**
 * The bytes of a table of IPv6 → its order. Decoding, which is ours for both, belongs to it: what a table keeps for the next time that it is
 * ordered has to be made.
 */
export function compareSortWide({ decoder }: Context, kind: string, rows: number): Comparison {
  const seed = seedOf(rows);
  const raw = asIPv6(isBasicKind(kind) ? makeTable(kind, rows, seed) : makeAdversarial(kind, rows, seed));
  const radix = new WideRadix();
  radix.load(raw);
  const ours = (): Uint32Array => {
    using table = decoder.decode(raw, 'tcp6-2');
    return table.order();
  };
  const peer = (): Uint32Array => {
    decoder.decode(raw, 'tcp6-2').free();
    return radix.order();
  };
  return {
    tables: 1,
    contestants: [
      { name: OURS, run: ours },
      { name: PEER, run: peer },
    ],
    check: () => checkNumbers(PEER, ours(), peer()),
  };
}
