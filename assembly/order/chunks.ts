// Where the entries of buckets go before anybody knows how many there will be: into chunks, each of which names the one after
// it. Chunks are taken one after the other, so those being filled lie close together.
//
//   0      8                                                     1024
//   ┌──────┬───────┬───────┬───────┬─────────────────────┬───────┐
//   │ next │ entry │ entry │ entry │          …          │ entry │
//   └──────┴───────┴───────┴───────┴─────────────────────┴───────┘

/** Large enough for a processor to see that it is read in sequence. A power of two; chunks lie at its multiples, so that the place after a full one shows that it is full. */
const CHUNK_BYTES: usize = 1024;
const ENTRIES_IN_CHUNK: u32 = 127;

@unmanaged
export class Bucket {
  /** The place after its last entry. */
  place: u32;
  /** Its first chunk; 0 where it has none. */
  firstChunk: u32;
}

/** What alignChunk may skip. */
export const CHUNK_SLACK: u32 = 1024;

/** Bytes of chunks that `rows` rows may take, in at most `buckets` buckets. */
export function chunkBytes(rows: u32, buckets: u32): u32 {
  return (rows / ENTRIES_IN_CHUNK + min(rows, buckets) + 2) * <u32>CHUNK_BYTES;
}

/** The first chunk at or after an address. */
export function alignChunk(address: usize): usize {
  return (address + CHUNK_BYTES - 1) & ~(CHUNK_BYTES - 1);
}

/** Adds an entry to a bucket. Returns where the next new chunk goes, which was at `nextChunk`. */
export function addEntry(bucket: Bucket, entry: u64, nextChunk: usize): usize {
  let place = <usize>bucket.place;
  if ((place & (CHUNK_BYTES - 1)) == 0) {
    if (place == 0) bucket.firstChunk = <u32>nextChunk;
    else store<u32>(place - CHUNK_BYTES, <u32>nextChunk);
    place = nextChunk + 8;
    nextChunk += CHUNK_BYTES;
  }
  store<u64>(place, entry);
  bucket.place = <u32>place + 8;
  return nextChunk;
}

/** Copies the entries of a bucket to `to`, where 8 bytes more may be written. Returns how many there are. */
export function collectEntries(bucket: Bucket, to: usize): u32 {
  if (bucket.firstChunk == 0) return 0;
  const last = (<usize>bucket.place - 1) & ~(CHUNK_BYTES - 1);
  let chunk = <usize>bucket.firstChunk;
  let size: u32 = 0;
  while (chunk != last) {
    copyVectors(chunk + 8, chunk + CHUNK_BYTES, to + ((<usize>size) << 3));
    size += ENTRIES_IN_CHUNK;
    chunk = load<u32>(chunk);
  }
  copyVectors(chunk + 8, bucket.place, to + ((<usize>size) << 3));
  return size + ((bucket.place - <u32>chunk - 8) >> 3);
}

function copyVectors(from: usize, end: usize, to: usize): void {
  for (; from < end; from += 16) {
    v128.store(to, v128.load(from));
    to += 16;
  }
}
