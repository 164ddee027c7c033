import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { concatBytes } from '../../dist/core/bytes.js';
import { encodeFrame } from '../../dist/core/file/frame.js';
import { encodeFileHeader } from '../../dist/core/file/header.js';
import { encodeMetadata } from '../../dist/core/file/messagePack/encode.js';

// Files that no writer makes: every checksum and chain value is right, as docs/format.md says, and what they say need not be.

const FILE_ID = new TextEncoder().encode('hostile!');

export interface CraftedFrame {
  readonly type: number;
  readonly payload: Uint8Array;
  /** Its number, where that is not its place. */
  readonly number?: number;
}

export function craftFile(frames: readonly CraftedFrame[]): Uint8Array<ArrayBuffer> {
  const parts = frames.map(({ type, payload, number }, place) =>
    encodeFrame(type, FILE_ID, number ?? place, payload),
  );
  return concatBytes([encodeFileHeader(FILE_ID), ...parts]);
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

function u32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  values.forEach((value, i) => new DataView(bytes.buffer).setUint32(i * 4, value, true));
  return bytes;
}

const padding = (length: number): Uint8Array => new Uint8Array((8 - (length % 8)) % 8);
const NO_CHAIN = new Uint8Array(32);

/** What every snapshot has to say of itself. */
export const METADATA = { tool: { name: 'x', version: '1', runtime: 'y' }, provider: 'z' };

/** A table in the metadata. */
export function tableEntry(bytes: Uint8Array, change: object = {}): Record<string, unknown> {
  const { length } = bytes;
  const stored = { encoding: 0, length, storedLength: length, sha256: sha256(bytes) };
  return { class: 'tcp2', scope: 'all', synthesized: false, ...stored, ...change };
}

/** A keyframe of one table. */
export function craftKeyframe(table: Uint8Array, more: object = {}): CraftedFrame {
  const metadata = encodeMetadata({ ...METADATA, tables: [tableEntry(table)], ...more });
  const head = concatBytes([NO_CHAIN, sha256(NO_CHAIN, metadata, sha256(table)), u32(metadata.length, 0)]);
  return {
    type: 1,
    payload: concatBytes([head, metadata, padding(metadata.length), table, padding(table.length)]),
  };
}

interface CraftedDelta {
  readonly base?: number;
  readonly changes?: object;
  /** What it tells of the rows of its tables; nothing where it is left out. */
  readonly rows?: unknown;
  /** Whole map of changes, where it is not one. */
  readonly map?: Uint8Array;
  readonly stored?: Uint8Array;
  /** SHA-256 of its tables, which its chain value covers. */
  readonly digests?: readonly Uint8Array[];
  /** Lengths in its head and body that are not true. */
  readonly compressedLength?: number;
  readonly bodyLength?: number;
  readonly changesLength?: number;
  /** Behind the compressed body, and counted as part of it. */
  readonly behind?: Uint8Array;
}

export function craftDelta(delta: CraftedDelta): CraftedFrame {
  const {
    base = 0,
    changes = {},
    rows,
    stored = new Uint8Array(),
    digests = [],
    behind = new Uint8Array(),
  } = delta;
  const map = delta.map ?? encodeMetadata({ base, changes, rows });
  const body = concatBytes([u32(delta.changesLength ?? map.length), map, stored]);
  const compressed = concatBytes([new Uint8Array(deflateRawSync(body)), behind]);
  const lengths = u32(delta.compressedLength ?? compressed.length, delta.bodyLength ?? body.length);
  const chain = sha256(NO_CHAIN, map, ...digests);
  return {
    type: 2,
    payload: concatBytes([NO_CHAIN, chain, lengths, compressed, padding(compressed.length)]),
  };
}
