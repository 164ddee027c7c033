/**
 * Snapshots of a machine whose connections come and go: a few in a hundred each time, of which some linger in TIME_WAIT.
 *
 * @param {number} seed
 * @param {number} rowCount
 * @returns {Generator<import('tcpscope').Snapshot, never>}
 */
export function* churn(seed, rowCount) {
  const random = randomNumbers(seed);
  let port = 49152;
  const open = () => {
    port = port === 65535 ? 49152 : port + 1;
    const swapped = (port >> 8) | ((port & 255) << 8);
    return [5, 0x0100000a, swapped, 0x0200000a + (random(200) << 24), 0xbb01, 100 + random(20), 0];
  };
  const rows = Array.from({ length: rowCount }, open);
  for (let tick = 0; ; tick++) {
    yield snapshot(tick, rows, seed);
    for (let i = 0; i < rowCount / 30; i++) {
      const at = random(rows.length);
      if (rows[at][0] === 5) rows[at] = rows[at].with(0, 11).with(5, 0);
      else rows.splice(at, 1, open());
    }
  }
}

function snapshot(tick, rows, seed) {
  const words = new Uint32Array(1 + rows.length * 7);
  words[0] = rows.length;
  rows.forEach((row, i) => words.set(row, 1 + i * 7));
  const inodes = Uint32Array.from(rows, (row) => row[2] * row[5]);
  return {
    tool: { name: 'tcpscope', version: '0.1.0', runtime: 'node' },
    provider: 'netlink',
    time: { utcMicroseconds: 1_795_000_000_000_000 + tick * 1e6, monotonicMicroseconds: tick * 1e6 },
    tables: [
      {
        class: 'tcp2',
        scope: 'all',
        synthesized: true,
        extras: { inode: new Uint8Array(inodes.buffer) },
        bytes: new Uint8Array(words.buffer),
      },
    ],
    processes: Array.from({ length: 20 }, (_, i) => ({
      pid: 100 + i,
      name: `worker-${i}`,
      path: '/srv/worker',
    })),
    statistics: [{ source: 'churn', name: 'Tcp', counters: { tick, seed } }],
  };
}

/** Numbers below a limit, the same for the same seed (xorshift). */
function randomNumbers(seed) {
  let state = seed * 2654435761 + 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
