import { Decoder } from '../../decoder.js';
import type { DatasetChunk } from '../datasetChunk.js';
import type { AddCount } from './countChunk.js';
import { countKeyOf, partText } from './countKey.js';
import type { EndCounts } from './endCounts.js';
import { EntryLog, entryWords } from './entryLog.js';

/** Of a listener: its port, and its process. */
const WORDS = 2;
/** Different processes whose names are kept. */
const MOST_OWNERS = 50_000;
const TCP_TEXT = partText('TCP');

/** Listeners of TCP by port, process and host. The same ones come with every snapshot of a host, so they become texts at the end. */
export class ListenerCounts {
  readonly #decoder: Decoder;
  readonly #ends: EndCounts;
  readonly #tell: AddCount;
  readonly #log: EntryLog;
  /** Names of processes, and their numbers. */
  readonly #owners = new Map<string, number>();
  /** The names of the last chunk, and the number of each that owns a listener; else NO_NUMBER. */
  #last: { readonly names: readonly string[]; readonly numbers: Int32Array } | undefined;

  /** @param ends has the numbers of hosts */
  constructor(decoder: Decoder, ends: EndCounts, tell: AddCount, mostEntries?: number) {
    this.#decoder = decoder;
    this.#ends = ends;
    this.#tell = tell;
    this.#log = new EntryLog(WORDS, ends.seed, mostEntries);
  }

  /** @param listed for each listener its row, and the number of its host; may be lent */
  add(chunk: DatasetChunk, listed: Uint32Array): void {
    const { columns } = chunk.data;
    const [ports, owners] = [columns.borrow('lport'), columns.borrow('process')];
    const entries = new Uint32Array((listed.length / 2) * entryWords(WORDS));
    for (let at = 0, to = 0; at < listed.length; at += 2) {
      const row = listed[at]!;
      entries[to++] = ports[row]!;
      entries[to++] = this.#numberOf(owners[row]!, chunk.table.processNames);
      entries[to++] = listed[at + 1]!;
      entries[to++] = 1;
    }
    const engine = Decoder.engineOf(this.#decoder);
    for (let rest = this.#log.add(engine, entries); rest.length > 0;) {
      this.#tellAll();
      rest = this.#log.add(engine, rest);
    }
    if (this.#owners.size > MOST_OWNERS) this.finish();
  }

  /** Tells all that is left. */
  finish(): void {
    this.#tellAll();
    this.clear();
  }

  /** Forgets all that was added and not told yet. */
  clear(): void {
    this.#log.clear();
    this.#owners.clear();
    this.#last = undefined;
  }

  #tellAll(): void {
    const { entries } = this.#log.borrowAll(Decoder.engineOf(this.#decoder));
    const owners = Array.from(this.#owners.keys(), (name) => partText(name || null));
    const hosts = this.#ends.hosts.map(partText);
    for (let at = 0; at < entries.length; at += entryWords(WORDS)) {
      const [port, owner, host, rows] = entries.subarray(at) as unknown as [number, number, number, number];
      this.#tell(countKeyOf('listener', TCP_TEXT, String(port), owners[owner]!, hosts[host]!), rows);
    }
  }

  /** The number of one of a chunk's names. */
  #numberOf(index: number, names: readonly string[]): number {
    if (this.#last?.names !== names)
      this.#last = { names, numbers: new Int32Array(names.length).fill(NO_NUMBER) };
    const { numbers } = this.#last;
    if (numbers[index] === NO_NUMBER) {
      const name = names[index]!;
      if (!this.#owners.has(name)) this.#owners.set(name, this.#owners.size);
      numbers[index] = this.#owners.get(name)!;
    }
    return numbers[index]!;
  }
}

const NO_NUMBER = -1;
