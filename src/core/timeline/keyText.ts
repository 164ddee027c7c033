import { formatIPv4, formatIPv6 } from '../table/address.js';
import type { Coverage, Timeline } from './timelineData.js';

/** The ends of a connection. What has no remote end (listeners, UDP, bound ports) has null. */
export interface Ends {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
}

/** A key's place in the words of all keys: its coverage stands there, and behind it what table/keyedRows.ts reads. */
export interface KeyPlace {
  readonly coverage: Coverage;
  /** Where the ports stand; the addresses follow. */
  readonly at: number;
}

export function keyPlace(
  { connections, coverages }: Pick<Timeline, 'connections' | 'coverages'>,
  connection: number,
): KeyPlace {
  const { starts, words } = connections.keys;
  const start = starts[connection]!;
  return { coverage: coverages[words[start]!]!, at: start + 1 };
}

/** Words of one end's address, its scope id included. */
export function addressWords({ family }: Coverage): number {
  return family === 'IPv4' ? 1 : 5;
}

export function remotePortAt(words: Uint32Array, { at }: KeyPlace): number {
  return words[at]! & 0xffff;
}

/** Whether it has a remote end: no connection has none of its address and port. */
export function hasRemoteEnd(words: Uint32Array, place: KeyPlace): boolean {
  const length = addressWords(place.coverage);
  const first = place.at + 1 + length;
  let bits = remotePortAt(words, place);
  for (let i = 0; i < length; i++) bits |= words[first + i]!;
  return bits !== 0;
}

export function endsOf(words: Uint32Array, place: KeyPlace): Ends {
  const { coverage, at } = place;
  const length = addressWords(coverage);
  const hasRemote = hasRemoteEnd(words, place);
  return {
    localAddress: addressText(words, at + 1, length),
    localPort: words[at]! >>> 16,
    remoteAddress: hasRemote ? addressText(words, at + 1 + length, length) : null,
    remotePort: hasRemote ? remotePortAt(words, place) : null,
  };
}

function addressText(words: Uint32Array, at: number, length: number): string {
  if (length === 1) return formatIPv4(words[at]!);
  const text = formatIPv6([words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!]);
  const scope = words[at + 4]!;
  return scope === 0 ? text : `${text}%${scope}`;
}
