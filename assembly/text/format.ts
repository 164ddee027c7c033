// Rows as text: CSV, or a JSON object a line.
import {
  endOfParts,
  firstPart,
  Part,
  Program,
  takeBlock,
  TEXT_ADDRESS,
  TEXT_ANY_ADDRESS,
  TEXT_BLOCK_ROWS,
  TEXT_NAME,
  TEXT_NONE,
  TEXT_NUMBER_U16,
  TEXT_NUMBER_U32,
  TEXT_PART_BYTES,
} from './program';
import { areSeparated, formatSeparated, formatSeparatedWide } from './separatedRows';
import { Values } from './values';
import { writeWide } from './wideValues';

/**
 * Writes rows as text to `text` until all `count` are written or the text reaches `limit`. A row that begins before the limit may
 * end behind it: there is room for one row of the longest kind, and TEXT_SLACK_BYTES. The rows are those whose numbers stand
 * at `rows`, or, where that is 0, those from `first` on. Leaves how many bytes it wrote in the program.
 *
 * @returns rows written
 */
export function formatRows(
  program: usize,
  gathered: usize,
  rows: usize,
  first: u32,
  count: u32,
  text: usize,
  limit: usize,
): u32 {
  const isUsual = hasParts(program, USUAL_KINDS);
  const isUsualWide = hasParts(program, USUAL_WIDE_KINDS);
  const isSeparated = (isUsual || isUsualWide) && areSeparated(program);
  let to = text;
  let done: u32 = 0;
  while (done < count && to < limit) {
    const size = min(TEXT_BLOCK_ROWS, count - done);
    takeBlock(program, rows, first + done, size, gathered);
    if (isSeparated && isUsual) to = formatSeparated(program, size, to, limit);
    else if (isSeparated) to = formatSeparatedWide(program, size, to, limit);
    else if (isUsual) to = formatUsualBlock(program, size, to, limit);
    else if (isUsualWide) to = formatUsualWideBlock(program, size, to, limit);
    else to = formatBlock(program, size, to, limit);
    done += changetype<Program>(program).rows;
  }
  changetype<Program>(program).written = <u32>(to - text);
  return done;
}

/** Writes the rows of the block in hand, and leaves how many they were in the program. */
function formatBlock(program: usize, size: u32, to: usize, limit: usize): usize {
  const end = endOfParts(program);
  let i: u32 = 0;
  for (; i < size && to < limit; i++) {
    for (let at = firstPart(program); at < end; at += TEXT_PART_BYTES) {
      const part = changetype<Part>(at);
      const kind = part.kind;
      if (kind == TEXT_NAME) {
        to = part.writeName(to, program, i);
        continue;
      }
      if (kind == TEXT_ADDRESS) to = Values.writeAddress(to, part.valueU32(i));
      else if (kind == TEXT_NUMBER_U16) to = Values.writeShortNumber(to, part.valueU16(i));
      else if (kind == TEXT_NUMBER_U32) to = Values.writeNumber(to, part.valueU32(i));
      else if (kind != TEXT_NONE) to = writeWide(to, program, part, i);
      to = part.writeAfter(to, program);
    }
  }
  changetype<Program>(program).rows = i;
  return to;
}

/** Whether the parts are of six kinds, and all others names. */
function hasParts(program: usize, wanted: u32): bool {
  const end = endOfParts(program);
  let kinds: u32 = 0;
  let at = firstPart(program);
  for (let p = 0; p < 6 && at < end; p++) {
    kinds = 8 * kinds + changetype<Part>(at).kind;
    at += TEXT_PART_BYTES;
  }
  for (; at < end; at += TEXT_PART_BYTES) {
    if (changetype<Part>(at).kind != TEXT_NAME) return false;
  }
  return kinds == wanted;
}

/** A state, two addresses with their ports, a pid, and whatever names there are: the whole row, as it is most often asked for. */
const USUAL_KINDS: u32 =
  ((((TEXT_NAME * 8 + TEXT_ADDRESS) * 8 + TEXT_NUMBER_U16) * 8 + TEXT_ADDRESS) * 8 + TEXT_NUMBER_U16) * 8 +
  TEXT_NUMBER_U32;

/** The same with addresses of either family. */
const USUAL_WIDE_KINDS: u32 =
  ((((TEXT_NAME * 8 + TEXT_ANY_ADDRESS) * 8 + TEXT_NUMBER_U16) * 8 + TEXT_ANY_ADDRESS) * 8 +
    TEXT_NUMBER_U16) *
    8 +
  TEXT_NUMBER_U32;

function formatUsualBlock(program: usize, size: u32, to: usize, limit: usize): usize {
  return UsualRows.format(false, program, size, to, limit);
}

function formatUsualWideBlock(program: usize, size: u32, to: usize, limit: usize): usize {
  return UsualRows.format(true, program, size, to, limit);
}

// oxlint-disable-next-line typescript/no-extraneous-class -- AssemblyScript's decorators are no syntax for functions
class UsualRows {
  /** As formatBlock, without asking of each part what it is: that would take a quarter of the time. Inlined, so of its caller's family alone. */
  @inline
  static format(isWide: bool, program: usize, size: u32, to: usize, limit: usize): usize {
    const end = endOfParts(program);
    const at = firstPart(program);
    const state = changetype<Part>(at);
    const local = changetype<Part>(at + TEXT_PART_BYTES);
    const localPort = changetype<Part>(at + 2 * TEXT_PART_BYTES);
    const remote = changetype<Part>(at + 3 * TEXT_PART_BYTES);
    const remotePort = changetype<Part>(at + 4 * TEXT_PART_BYTES);
    const pid = changetype<Part>(at + 5 * TEXT_PART_BYTES);
    let i: u32 = 0;
    for (; i < size && to < limit; i++) {
      to = state.writeName(to, program, i);
      to = isWide ? writeWide(to, program, local, i) : Values.writeAddress(to, local.valueU32(i));
      to = local.writeAfter(to, program);
      to = localPort.writeAfter(Values.writeShortNumber(to, localPort.valueU16(i)), program);
      to = isWide ? writeWide(to, program, remote, i) : Values.writeAddress(to, remote.valueU32(i));
      to = remote.writeAfter(to, program);
      to = remotePort.writeAfter(Values.writeShortNumber(to, remotePort.valueU16(i)), program);
      to = pid.writeAfter(Values.writeNumber(to, pid.valueU32(i)), program);
      for (let name = at + 6 * TEXT_PART_BYTES; name < end; name += TEXT_PART_BYTES) {
        to = changetype<Part>(name).writeName(to, program, i);
      }
    }
    changetype<Program>(program).rows = i;
    return to;
  }
}
