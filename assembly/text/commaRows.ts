// Rows as they are most often asked for, as CSV: a state, two addresses with their ports, a pid, and whatever names there are, a byte behind
// each value. To ask of each part what it is, and to copy texts of a byte as texts, would take half of the time.

import { endOfParts, firstPart, Part, Program, TEXT_PART_BYTES } from './program';
import { Values } from './values';
import { writeWide } from './wideValues';

const LOCAL: u32 = 1;
const LOCAL_PORT: u32 = 2;
const REMOTE: u32 = 3;
const REMOTE_PORT: u32 = 4;
const PID: u32 = 5;
const NAMES: u32 = 6;

function partOf(program: usize, place: u32): Part {
  return changetype<Part>(firstPart(program) + place * TEXT_PART_BYTES);
}

/** Whether the byte behind addresses and ports is the same, and behind the pid nothing else. */
export function haveOneSeparator(program: usize): bool {
  const separator = separatorOf(program);
  for (let place = LOCAL; place <= REMOTE_PORT; place++) {
    const part = partOf(program, place);
    if (part.afterLength != 1 || load<u8>(program + part.after) != separator) return false;
  }
  const pid = partOf(program, PID);
  return pid.afterLength == 0 || (pid.afterLength == 1 && load<u8>(program + pid.after) == separator);
}

function separatorOf(program: usize): u8 {
  return load<u8>(program + partOf(program, LOCAL).after);
}

// oxlint-disable-next-line typescript/no-extraneous-class -- AssemblyScript's decorators are no syntax for functions
export class CommaRows {
  /** Writes the rows of the block in hand, and leaves how many they were in the program. Inlined, so of its caller's family alone. */
  @inline
  static format(isWide: bool, program: usize, size: u32, to: usize, limit: usize): usize {
    // Held in variables: that stores do not change them, no compiler can see.
    const state = partOf(program, 0);
    const local = partOf(program, LOCAL);
    const remote = partOf(program, REMOTE);
    const locals = local.values;
    const remotes = remote.values;
    const localPorts = partOf(program, LOCAL_PORT).values;
    const remotePorts = partOf(program, REMOTE_PORT).values;
    const pids = partOf(program, PID).values;
    const hasAfterPid = partOf(program, PID).afterLength != 0;
    const names = changetype<usize>(partOf(program, NAMES));
    const end = endOfParts(program);
    const separator = separatorOf(program);
    let i: u32 = 0;
    for (; i < size && to < limit; i++) {
      const four = (<usize>i) << 2;
      const two = (<usize>i) << 1;
      to = state.writeName(to, program, i);
      if (isWide) to = Values.writeByte(writeWide(to, program, local, i), separator);
      else to = Values.writeAddressAnd(to, load<u32>(locals + four), separator);
      to = Values.writeShortNumberAnd(to, load<u16>(localPorts + two), separator);
      if (isWide) to = Values.writeByte(writeWide(to, program, remote, i), separator);
      else to = Values.writeAddressAnd(to, load<u32>(remotes + four), separator);
      to = Values.writeShortNumberAnd(to, load<u16>(remotePorts + two), separator);
      to = Values.writeNumber(to, load<u32>(pids + four));
      if (hasAfterPid) to = Values.writeByte(to, separator);
      for (let name = names; name < end; name += TEXT_PART_BYTES) {
        to = changetype<Part>(name).writeName(to, program, i);
      }
    }
    changetype<Program>(program).rows = i;
    return to;
  }
}
