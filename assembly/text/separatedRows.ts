// Rows as they are most often asked for: a state, two addresses with their ports, a pid, and whatever names there are, with one and the same
// byte behind each value, as CSV has it. To ask of each part what it is, and to copy a byte as a text, takes half as long again.

import { BlockTexts, makeNumberTexts } from './blockTexts';
import { endOfParts, firstPart, Part, Program, TEXT_PART_BYTES } from './program';
import { Values, writeAnyNumber } from './values';
import { writeWide } from './wideValues';

const LOCAL: u32 = 1;
const LOCAL_PORT: u32 = 2;
const REMOTE: u32 = 3;
const REMOTE_PORT: u32 = 4;
const PID: u32 = 5;
const NAMES: u32 = 6;

/** Eight bytes for each row of a block. */
const localPortTexts = memory.data(256 * 8, 16);
const remotePortTexts = memory.data(256 * 8, 16);
const pidTexts = memory.data(256 * 8, 16);

function partOf(program: usize, place: u32): Part {
  return changetype<Part>(firstPart(program) + <usize>place * TEXT_PART_BYTES);
}

/** Whether there is one byte behind each address and port, the same behind all, and behind the pid one or none. */
export function areSeparated(program: usize): bool {
  const separator = byteAfter(program, LOCAL);
  for (let place = LOCAL; place <= REMOTE_PORT; place++) {
    if (partOf(program, place).afterLength != 1 || byteAfter(program, place) != separator) return false;
  }
  return partOf(program, PID).afterLength <= 1;
}

function byteAfter(program: usize, place: u32): u32 {
  return load<u8>(program + partOf(program, place).after);
}

/** Writes the rows of the block in hand, and leaves how many they were in the program. */
export function formatSeparated(program: usize, size: u32, to: usize, limit: usize): usize {
  return SeparatedRows.format(false, program, size, to, limit);
}

/** The same with addresses of either family. */
export function formatSeparatedWide(program: usize, size: u32, to: usize, limit: usize): usize {
  return SeparatedRows.format(true, program, size, to, limit);
}

// oxlint-disable-next-line typescript/no-extraneous-class -- AssemblyScript's decorators are no syntax for functions
class SeparatedRows {
  /** Inlined, so of its caller's family alone. */
  @inline
  static format(isWide: bool, program: usize, size: u32, to: usize, limit: usize): usize {
    // Held in variables: that stores do not change them, no compiler can see.
    const state = partOf(program, 0);
    const states = state.values;
    const stateCount = state.nameCount;
    const stateTexts = program + state.names;
    const local = partOf(program, LOCAL);
    const remote = partOf(program, REMOTE);
    const locals = local.values;
    const remotes = remote.values;
    const pids = partOf(program, PID).values;
    const pidEnds = partOf(program, PID).afterLength;
    const afterPid = byteAfter(program, PID);
    const names = changetype<usize>(partOf(program, NAMES));
    const end = endOfParts(program);
    const separator = byteAfter(program, LOCAL);
    const ends = BlockTexts.endsOfOctets(separator);
    makeNumberTexts<u16>(partOf(program, LOCAL_PORT).values, size, separator, localPortTexts);
    makeNumberTexts<u16>(partOf(program, REMOTE_PORT).values, size, separator, remotePortTexts);
    const arePidsShort = makeNumberTexts<u32>(pids, size, afterPid, pidTexts);
    let i: u32 = 0;
    for (; i < size && to < limit; i++) {
      const four = (<usize>i) << 2;
      const eight = (<usize>i) << 3;
      const value = load<u32>(states + four);
      const entry = value < stateCount ? load<u64>(stateTexts + ((<usize>value) << 3)) : 0;
      if (<u32>entry == 0) to = state.writeUnknown(to, program, value);
      else to = Values.writeText(to, program + <usize>(<u32>entry), <u32>(entry >> 32));
      if (isWide) {
        to = Values.writeByte(writeWide(to, program, local, i), separator);
        to = BlockTexts.writeNumber(to, load<u64>(localPortTexts + eight), 6);
        to = Values.writeByte(writeWide(to, program, remote, i), separator);
      } else {
        const octets = BlockTexts.octets(load<u32>(locals + four), load<u32>(remotes + four));
        const digits = BlockTexts.digitsOf(octets);
        const upper = BlockTexts.upperDigits(octets);
        const lower = BlockTexts.lowestDigits(octets, ends);
        to = BlockTexts.writeFirst(to, upper, lower, digits);
        to = BlockTexts.writeNumber(to, load<u64>(localPortTexts + eight), 6);
        to = BlockTexts.writeSecond(to, upper, lower, digits);
      }
      to = BlockTexts.writeNumber(to, load<u64>(remotePortTexts + eight), 6);
      if (arePidsShort) {
        to = BlockTexts.writeNumber(to, load<u64>(pidTexts + eight), <usize>(5 + pidEnds));
      } else {
        to = writeAnyNumber(to, load<u32>(pids + four));
        if (pidEnds != 0) to = Values.writeByte(to, afterPid);
      }
      for (let name = names; name < end; name += TEXT_PART_BYTES) {
        to = changetype<Part>(name).writeName(to, program, i);
      }
    }
    changetype<Program>(program).rows = i;
    return to;
  }
}
