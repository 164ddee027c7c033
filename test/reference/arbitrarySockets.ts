import fc from 'fast-check';
import { STRUCTURES, type ClassName, type Structure } from './mibTables.js';

/** Few addresses and many: mapped, link-local, with zeros in all places, and any. */
const address6 = fc.oneof(
  fc.constantFrom(
    Array<number>(16).fill(0),
    [...Array<number>(15).fill(0), 1],
    [...Array<number>(10).fill(0), 255, 255, 10, 0, 0, 1],
    [0xfe, 0x80, ...Array<number>(13).fill(0), 1],
    [0x20, 0x01, 0x0d, 0xb8, ...Array<number>(11).fill(0), 1],
    [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1],
    Array<number>(16).fill(255),
  ),
  fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 }),
  fc.array(fc.nat(255), { minLength: 16, maxLength: 16 }),
);
const address4 = fc.oneof(
  fc.constantFrom([0, 0, 0, 0], [127, 0, 0, 1], [10, 0, 0, 1], [10, 0, 0, 2], [255, 255, 255, 255]),
  fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
);
const state = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(0, 100, 57, 0xfffffffe));
const port = fc.oneof(fc.constantFrom(0, 53, 80, 443, 65535), fc.nat(65535));
const scope = fc.oneof(fc.constant(0), fc.constantFrom(1, 3, 0xffffffff));
const pid = fc.oneof(fc.constantFrom(0, 4, 8), fc.nat(0xffffffff));
const offload = fc.oneof(fc.nat(4), fc.constantFrom(9, 0xfffffffe));

/** The bytes of a row: junk where nothing has a meaning. */
function rowOf(structure: Structure): fc.Arbitrary<Uint8Array> {
  const address = structure.family === 'IPv4' ? address4 : address6;
  const junk = fc.uint8Array({ minLength: structure.size, maxLength: structure.size });
  return fc
    .tuple(
      junk,
      state,
      fc.tuple(address, address),
      fc.tuple(scope, scope),
      fc.tuple(port, port),
      pid,
      offload,
    )
    .map(([bytes, stateValue, [local, remote], scopes, ports, pidValue, offloadValue]) => {
      const view = new DataView(bytes.buffer);
      const put = (offset: number | undefined, value: number): void => {
        if (offset !== undefined) view.setUint32(offset, value, true);
      };
      put(structure.state, stateValue);
      put(structure.pid, pidValue);
      put(structure.offload, offloadValue);
      put(structure.localScope, scopes[0]);
      put(structure.remoteScope, scopes[1]);
      bytes.set(local, structure.local);
      view.setUint16(structure.localPort, ports[0]);
      if (structure.remote !== undefined) bytes.set(remote, structure.remote);
      if (structure.remotePort !== undefined) view.setUint16(structure.remotePort, ports[1]);
      return bytes;
    });
}

/** A raw table of a class, with slack behind its rows. */
export function rawTableOf(name: ClassName, maxLength = 40): fc.Arbitrary<Uint8Array> {
  const structure: Structure = STRUCTURES[name];
  return fc
    .tuple(fc.array(rowOf(structure), { maxLength }), fc.uint8Array({ maxLength: 20 }))
    .map(([rows, slack]) => {
      const bytes = new Uint8Array(structure.first + rows.length * structure.size + slack.length);
      new DataView(bytes.buffer).setUint32(0, rows.length, true);
      for (const [i, row] of rows.entries()) bytes.set(row, structure.first + i * structure.size);
      bytes.set(slack, structure.first + rows.length * structure.size);
      return bytes;
    });
}
