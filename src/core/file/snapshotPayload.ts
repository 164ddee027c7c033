import { equalBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import { decodeMessagePack, type TakeOut } from './messagePack/decode.js';
import { checkMetadata, TABLE_ENCODINGS, type SnapshotMetadata } from './metadata.js';
import type { Primitives } from './primitives.js';
import { sha256, SHA256_BYTES } from './sha256.js';
import type { StoredSnapshot } from './storedSnapshot.js';

// The payload of a snapshot frame. Integers are little-endian.
//
//   0             32            64        68     72            72+m
//   ┌─────────────┬─────────────┬─────────┬──────┬─────────────┬─────┬─────────┬─────┬─────────┬─ ─
//   │ previous    │ chain value │ m       │ zero │ metadata    │ pad │ table 0 │ pad │ table 1 │ …
//   │ chain value │             │ u32     │ u32  │ MessagePack │     │         │     │         │
//   └─────────────┴─────────────┴─────────┴──────┴─────────────┴─────┴─────────┴─────┴─────────┴─ ─
//
// "pad": zero bytes, so that each table starts at a multiple of 8 from the payload's start; the payload ends padded.
// Chain value: SHA-256 over previous chain value, metadata bytes and the SHA-256 of each raw table, in order.

export const CHAIN_BYTES = SHA256_BYTES;
export const CHAIN_AT = 32;
export const METADATA_LENGTH_AT = 64;
export const METADATA_AT = 72;
const ALIGNMENT = 8;

/** The chain value before the first snapshot of a file that continues no other. */
export const NO_CHAIN = new Uint8Array(CHAIN_BYTES);

/** What a snapshot frame's payload begins with. */
export interface PayloadHead {
  readonly previousChain: Uint8Array;
  readonly chain: Uint8Array;
  readonly metadataBytes: Uint8Array;
  readonly metadata: SnapshotMetadata;
  /** For each table, where it begins in the payload, and behind them where the payload should end. */
  readonly places: readonly number[];
}

/** A snapshot frame's payload taken apart. Nothing in it has been compared with a digest yet. */
export interface SnapshotPayload extends Omit<PayloadHead, 'places'> {
  /** For each table: its bytes as stored, and their offset in the payload. */
  readonly stored: readonly { readonly bytes: Uint8Array; readonly offset: number }[];
  /** Offset in the payload of a byte that belongs to nothing: padding that is not zero, or what follows the last table. */
  readonly stray: number | undefined;
}

/**
 * Takes apart what stands before a payload's tables, checking every length before it is used.
 *
 * @param bytes of the payload, the metadata included: headBytes tells how many are needed
 * @param isCut whether the payload may end before its tables do
 * @param takeOut a list of the metadata that is not decoded here
 * @throws SnapshotError `bad-metadata`, with the offset in the file
 */
export function parsePayloadHead(
  bytes: Uint8Array<ArrayBuffer>,
  payloadLength: number,
  fileOffset: number,
  isCut = false,
  takeOut?: TakeOut,
): PayloadHead {
  const end = headBytes(bytes, payloadLength, fileOffset);
  const metadataBytes = bytes.subarray(METADATA_AT, end);
  const metadataOffset = fileOffset + METADATA_AT;
  const metadata = checkMetadata(decodeMessagePack(metadataBytes, metadataOffset, takeOut), metadataOffset);
  const places: number[] = [];
  let at = alignUp(end);
  metadata.tables.forEach(({ storedLength }, i) => {
    const left = Math.max(0, payloadLength - at);
    if (storedLength > left && !isCut) {
      fail(`table ${i} claims ${storedLength} bytes, ${left} remain in the frame`, fileOffset + at);
    }
    places.push(at);
    at = alignUp(at + storedLength);
  });
  places.push(at);
  return {
    previousChain: bytes.slice(0, CHAIN_BYTES),
    chain: bytes.slice(CHAIN_AT, CHAIN_AT + CHAIN_BYTES),
    metadataBytes,
    metadata,
    places,
  };
}

/**
 * How many bytes of a payload stand before its tables, the padding behind the metadata not included.
 *
 * @param bytes the first METADATA_AT of it, or more
 * @throws SnapshotError `bad-metadata`
 */
export function headBytes(bytes: Uint8Array<ArrayBuffer>, payloadLength: number, fileOffset: number): number {
  if (Math.min(payloadLength, bytes.length) < METADATA_AT) {
    fail(
      `a snapshot needs ${METADATA_AT} bytes before its metadata, the frame has ${payloadLength}`,
      fileOffset,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(METADATA_LENGTH_AT, true);
  const remaining = payloadLength - METADATA_AT;
  if (length > remaining) {
    const message = `the metadata claims ${length} bytes, ${remaining} remain in the frame`;
    fail(message, fileOffset + METADATA_LENGTH_AT);
  }
  return METADATA_AT + length;
}

function fail(message: string, offset: number): never {
  throw new SnapshotError('bad-metadata', message, { offset });
}

/**
 * Takes a payload apart, checking every length before it is used.
 *
 * @param isCut whether the payload may end before its tables do: of these, what is there
 * @param takeOut a list of the metadata that is not decoded here
 * @throws SnapshotError `bad-metadata`, with the offset in the file
 */
export function parseSnapshotPayload(
  payload: Uint8Array<ArrayBuffer>,
  fileOffset: number,
  isCut = false,
  takeOut?: TakeOut,
): SnapshotPayload {
  const { previousChain, chain, metadataBytes, metadata, places } = parsePayloadHead(
    payload,
    payload.length,
    fileOffset,
    isCut,
    takeOut,
  );
  const stored = metadata.tables.map(({ storedLength }, i) => {
    const offset = places[i]!;
    return { bytes: payload.subarray(offset, offset + storedLength), offset };
  });
  const ends = [
    METADATA_AT + metadataBytes.length,
    ...stored.map(({ bytes, offset }) => offset + bytes.length),
  ];
  const end = places.at(-1)!;
  const stray = payload.length === end ? findStray(payload, ends) : Math.min(payload.length, end);
  return { previousChain, chain, metadataBytes, metadata, stored, stray };
}

/** The first byte that is not zero in the padding after any of the offsets. */
function findStray(payload: Uint8Array, ends: readonly number[]): number | undefined {
  for (const end of ends) {
    const stop = Math.min(alignUp(end), payload.length);
    for (let at = end; at < stop; at++) if (payload[at] !== 0) return at;
  }
  return undefined;
}

/**
 * A snapshot from its own frame.
 *
 * @throws SnapshotError `bad-metadata`
 */
export async function readKeyframe(
  bytes: Uint8Array<ArrayBuffer>,
  fileOffset: number,
  hash: Primitives['sha256'],
): Promise<StoredSnapshot> {
  const payload = parseSnapshotPayload(bytes, fileOffset);
  const { previousChain, chain, metadata, stray } = payload;
  return {
    previousChain,
    chain,
    metadata,
    isChained: equalBytes(await hash(...chainParts(payload)), chain),
    stray: stray === undefined ? undefined : fileOffset + stray,
    table: (index) => verbatimTable(payload, index, fileOffset),
  };
}

/** What the chain value is the SHA-256 of. */
export function chainParts({
  previousChain,
  metadataBytes,
  metadata,
}: Pick<SnapshotPayload, 'previousChain' | 'metadataBytes' | 'metadata'>): Uint8Array[] {
  return [previousChain, metadataBytes, ...metadata.tables.map((table) => table.sha256)];
}

/** @throws SnapshotError `damaged`, `unknown-encoding` */
export function verbatimTable(
  payload: SnapshotPayload,
  index: number,
  fileOffset: number,
): { bytes: Uint8Array; offset: number } {
  const table = payload.metadata.tables[index]!;
  const { bytes, offset: at } = payload.stored[index]!;
  const offset = fileOffset + at;
  if (table.encoding !== TABLE_ENCODINGS.verbatim) {
    throw new SnapshotError(
      'unknown-encoding',
      `table ${index} (${table.class}) is stored with encoding ${table.encoding}, which this version cannot restore; use a newer tcpscope`,
      { offset },
    );
  }
  if (table.length !== table.storedLength) {
    throw new SnapshotError(
      'damaged',
      `table ${index} (${table.class}) is stored verbatim, but has two lengths: ${table.length} and ${table.storedLength} bytes`,
      { offset },
    );
  }
  return { bytes, offset };
}

/** Whether the chain value is that of the metadata and digests beside it. */
export async function chainMatches(payload: Omit<PayloadHead, 'places'>): Promise<boolean> {
  return equalBytes(await sha256(...chainParts(payload)), payload.chain);
}

export function alignUp(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

export function padding(length: number): Uint8Array {
  return new Uint8Array(alignUp(length) - length);
}
