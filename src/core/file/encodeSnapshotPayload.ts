import { concatBytes } from '../bytes.js';
import type { Snapshot } from '../snapshot.js';
import { MAX_METADATA_BYTES } from './messagePack/decode.js';
import { encodeMetadata, writtenMap } from './messagePack/encode.js';
import { checkMetadata, TABLE_ENCODINGS, type StoredTable } from './metadata.js';
import { sha256 } from './sha256.js';
import { CHAIN_AT, METADATA_AT, METADATA_LENGTH_AT, NO_CHAIN, padding } from './snapshotPayload.js';

/**
 * The payload of a snapshot frame, as snapshotPayload.ts describes it.
 *
 * @throws SnapshotError `bad-metadata`
 */
export async function encodeSnapshotPayload(
  snapshot: Snapshot,
  previousChain: Uint8Array = NO_CHAIN,
): Promise<Uint8Array<ArrayBuffer>> {
  const tables = await storedTables(snapshot);
  // What no reader would accept is not written.
  const metadata = encodeMetadata(checkMetadata(writtenMap({ ...snapshot, tables }), 0));
  if (metadata.length > MAX_METADATA_BYTES) {
    throw new RangeError(
      `the metadata takes ${metadata.length} bytes, at most ${MAX_METADATA_BYTES} are allowed`,
    );
  }
  const head = new Uint8Array(METADATA_AT);
  head.set(previousChain);
  head.set(await chainValue(previousChain, metadata, tables), CHAIN_AT);
  new DataView(head.buffer).setUint32(METADATA_LENGTH_AT, metadata.length, true);
  return concatBytes([head, metadata, padding(METADATA_AT + metadata.length), ...paddedTables(snapshot)]);
}

/** The tables as the metadata of a keyframe has them. */
export async function storedTables({ tables }: Snapshot): Promise<StoredTable[]> {
  return Promise.all(
    tables.map(async ({ bytes, ...description }): Promise<StoredTable> => ({
      ...description,
      encoding: TABLE_ENCODINGS.verbatim,
      length: bytes.length,
      storedLength: bytes.length,
      sha256: await sha256(bytes),
    })),
  );
}

function paddedTables({ tables }: Snapshot): Uint8Array[] {
  return tables.flatMap(({ bytes }) => [bytes, padding(bytes.length)]);
}

async function chainValue(
  previous: Uint8Array,
  metadata: Uint8Array,
  tables: readonly StoredTable[],
): Promise<Uint8Array> {
  return sha256(previous, metadata, ...tables.map((table) => table.sha256));
}
