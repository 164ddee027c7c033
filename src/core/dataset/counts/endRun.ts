import type { Engine } from '../../engine/engine.js';
import type { AddressField } from '../../table/fields.js';
import { entryWords, IPV4_WORDS, IPV6_WORDS, PARTITIONS, type EntryLog } from './entryLog.js';

// A run: what one unit of work, or a part of one, has counted of ports and addresses. Words of 32 bits, little-endian.
//
//   7 words     h bytes, padded         2 words each       1,024 words and n entries, where n > 0
//   ┌─────────┬───────────────────────┬───────────────┬──────────────────────────────────────────────┬─ ─
//   │ lengths │ hosts: a list as JSON │ ports of both │ addresses: where each partition ends, entries │ …
//   └─────────┴───────────────────────┴───────────────┴──────────────────────────────────────────────┴─ ─
//
// Lengths: h, local ports, remote ports, entries of local IPv4, local IPv6, remote IPv4, remote IPv6. A port is its number and its
// rows. An entry is the words of an address, the host's place in the list, and rows.

const WORD_BYTES = 4;
const HEAD_WORDS = 7;
const PORT_WORDS = 2;
const ENTRY_WORDS = { ipv4: entryWords(IPV4_WORDS), ipv6: entryWords(IPV6_WORDS) } as const;

/** Different ports. */
export const PORTS = 0x10000;

export type AddressKind = keyof typeof ENTRY_WORDS;

export type EndSections<Of> = Readonly<Record<AddressField, Readonly<Record<AddressKind, Of>>>>;

/** Rows by port, of each end. */
export type EndPorts = Readonly<Record<AddressField, Uint32Array>>;

/** The order of sections. */
const SECTIONS: readonly (readonly [AddressField, AddressKind])[] = [
  ['local', 'ipv4'],
  ['local', 'ipv6'],
  ['remote', 'ipv4'],
  ['remote', 'ipv6'],
];

/** Holds parts of a run while it is written: the same for one run after another. */
export class RunMemory {
  readonly ports: EndPorts = {
    local: new Uint32Array(PORTS * PORT_WORDS),
    remote: new Uint32Array(PORTS * PORT_WORDS),
  };
}

/** The parts of a run, one after another, valid until more is counted. The addresses are taken out of their counts. */
export function encodeEndRun(
  engine: Engine,
  hosts: readonly (string | null)[],
  ports: EndPorts,
  addresses: EndSections<EntryLog>,
  memory: RunMemory,
): Uint8Array[] {
  const names = new TextEncoder().encode(JSON.stringify(hosts));
  const namesPadding = new Uint8Array(wordsOf(names.length) * WORD_BYTES - names.length);
  const lists = [portList(ports.local, memory.ports.local), portList(ports.remote, memory.ports.remote)];
  const sections = SECTIONS.map(([end, kind]) => addresses[end][kind].borrowAll(engine));
  const lengths = [
    names.length,
    ...lists.map((list) => list.length / PORT_WORDS),
    ...sections.map(({ ends }) => ends.at(-1)!),
  ];
  const parts = sections.flatMap(({ ends, entries }) => (entries.length > 0 ? [ends, entries] : []));
  return [bytesOf(Uint32Array.from(lengths)), names, namesPadding, ...[...lists, ...parts].map(bytesOf)];
}

/** The ports that have rows, in the memory of a list. */
function portList(counts: Uint32Array, list: Uint32Array): Uint32Array {
  let end = 0;
  for (let port = 0; port < counts.length; port++) {
    if (counts[port] === 0) continue;
    list[end] = port;
    list[end + 1] = counts[port]!;
    end += PORT_WORDS;
  }
  return list.subarray(0, end);
}

function wordsOf(bytes: number): number {
  return Math.ceil(bytes / WORD_BYTES);
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Fills a list with the words of a run from a place on, and returns it. */
export type ReadWords = (first: number, words: Uint32Array) => Uint32Array;

/** A part of a run. */
interface Part {
  /** Its place and length, in words. */
  readonly first: number;
  readonly words: number;
}

/** A part of the addresses of a run. */
interface Section {
  /** Place of the first entry, in words. */
  readonly first: number;
  /** How many entries there are up to the end of each partition. */
  readonly ends: Uint32Array;
}

const NO_ENDS = new Uint32Array(PARTITIONS);

/** The engine takes them at their word. */
function checkedEnds(ends: Uint32Array, count: number): Uint32Array {
  const isRight = ends.at(-1) === count && ends.every((end, i) => i === 0 || end >= ends[i - 1]!);
  if (!isRight) throw new Error('a file of counts is damaged');
  return ends;
}

/** A run that stands in a file. Nothing is kept of it but where things are. */
export class EndRun {
  readonly #read: ReadWords;
  readonly #nameBytes: number;
  readonly #ports: Readonly<Record<AddressField, Part>>;
  readonly #sections: EndSections<Section>;

  constructor(read: ReadWords) {
    this.#read = read;
    const head = read(0, new Uint32Array(HEAD_WORDS));
    const [nameBytes, localPorts, remotePorts, ...counts] = head as unknown as [
      number,
      number,
      number,
      ...number[],
    ];
    this.#nameBytes = nameBytes;
    let at = HEAD_WORDS + wordsOf(nameBytes);
    const take = (words: number): Part => {
      at += words;
      return { first: at - words, words };
    };
    this.#ports = { local: take(localPorts * PORT_WORDS), remote: take(remotePorts * PORT_WORDS) };
    const sections = SECTIONS.map(([, kind], i): Section => {
      const count = counts[i]!;
      const ends = count > 0 ? checkedEnds(this.#part(take(PARTITIONS)), count) : NO_ENDS;
      return { first: take(count * ENTRY_WORDS[kind]).first, ends };
    });
    this.#sections = {
      local: { ipv4: sections[0]!, ipv6: sections[1]! },
      remote: { ipv4: sections[2]!, ipv6: sections[3]! },
    };
  }

  /** The hosts, by the numbers that entries have. */
  readHosts(): readonly (string | null)[] {
    const names = this.#part({ first: HEAD_WORDS, words: wordsOf(this.#nameBytes) });
    const text = new TextDecoder().decode(bytesOf(names).subarray(0, this.#nameBytes));
    return JSON.parse(text) as (string | null)[];
  }

  /** How many words the ports of an end are, and their rows: two each. */
  portWords(end: AddressField): number {
    return this.#ports[end].words;
  }

  /** Reads them into a list that has room for just these. */
  readPorts(end: AddressField, list: Uint32Array): void {
    if (list.length > 0) this.#read(this.#ports[end].first, list);
  }

  /** How many entries there are up to the end of each partition. */
  partitionEnds(end: AddressField, kind: AddressKind): Uint32Array {
    return this.#sections[end][kind].ends;
  }

  /** Reads entries from one on, as many as the list has room for. */
  readEntries(end: AddressField, kind: AddressKind, first: number, list: Uint32Array): void {
    if (list.length > 0) this.#read(this.#sections[end][kind].first + first * ENTRY_WORDS[kind], list);
  }

  #part({ first, words }: Part): Uint32Array {
    return this.#read(first, new Uint32Array(words));
  }
}
