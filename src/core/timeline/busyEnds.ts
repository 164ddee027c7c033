import { STATE_LISTEN } from '../table/names.js';
import { firstProcess } from './owners.js';
import { addressWords, endsOf, hasRemoteEnd, keyPlace, remotePortAt } from './keyText.js';
import type { Timeline } from './timelineData.js';
import { WordIndex } from './wordIndex.js';

/** A process that connections were opened by, or for, and to where. */
export interface BusyEnd {
  readonly process: string | null;
  /** `in`: to a port of this machine that listens; `out`: to a remote end. */
  readonly direction: 'in' | 'out';
  /** The remote address; null for `in`, which come from anywhere. */
  readonly address: string | null;
  /** The local port that listens, or the remote one. */
  readonly port: number;
  /** How many connections were opened while it was recorded. */
  readonly opened: number;
}

/** Where most connections were opened while it was recorded: so many of these. */
export function busiestEnds(timeline: Timeline, most: number): BusyEnd[] {
  const { count, keys, spans } = timeline.connections;
  const listening = listeningPorts(timeline);
  const processes = new Map<string | null, number>();
  const index = new WordIndex();
  const words = new Uint32Array(9);
  /** Of each end: how many were opened, and one of its connections. */
  const opened: number[] = [];
  const examples: number[] = [];
  for (let connection = 0; connection < count; connection++) {
    const place = keyPlace(timeline, connection);
    if (place.coverage.protocol !== 'TCP' || !hasRemoteEnd(keys.words, place)) continue;
    const start = spans.starts[connection]!;
    const wasThere = spans.first[start] === place.coverage.first;
    const times = spans.starts[connection + 1]! - start - (wasThere ? 1 : 0);
    if (times === 0) continue;
    const process = firstProcess(timeline, connection);
    if (!processes.has(process)) processes.set(process, processes.size);
    const localPort = keys.words[place.at]! >>> 16;
    const isIncoming = listening.has(localPort);
    const length = isIncoming ? 0 : addressWords(place.coverage);
    words[0] = processes.get(process)!;
    words[1] = length;
    words[2] = isIncoming ? localPort : remotePortAt(keys.words, place);
    const first = place.at + 1 + length;
    for (let i = 0; i < length; i++) words[3 + i] = keys.words[first + i]!;
    const end = index.numberOf(words, 0, 3 + length);
    if (end === opened.length) {
      opened.push(0);
      examples.push(connection);
    }
    opened[end]! += times;
  }
  const order = Uint32Array.from(opened, (_, end) => end).sort((a, b) => opened[b]! - opened[a]! || a - b);
  return Array.from(order.subarray(0, most), (end): BusyEnd => {
    const place = keyPlace(timeline, examples[end]!);
    const { localPort, remoteAddress, remotePort } = endsOf(keys.words, place);
    const process = firstProcess(timeline, examples[end]!);
    return listening.has(localPort)
      ? { process, direction: 'in', address: null, port: localPort, opened: opened[end]! }
      : { process, direction: 'out', address: remoteAddress, port: remotePort!, opened: opened[end]! };
  });
}

/** Ports on which something listened at some time. */
function listeningPorts(timeline: Timeline): Set<number> {
  const { count, keys, states } = timeline.connections;
  const ports = new Set<number>();
  for (let connection = 0; connection < count; connection++) {
    for (let i = states.starts[connection]!; i < states.starts[connection + 1]!; i++) {
      if (states.state[i] !== STATE_LISTEN) continue;
      ports.add(keys.words[keyPlace(timeline, connection).at]! >>> 16);
      break;
    }
  }
  return ports;
}
