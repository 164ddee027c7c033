"""A reader for tcpscope snapshot files, written from docs/format.md alone, to show that the page is enough.

    reader.py FILE          prints one JSON object a line: a snapshot, a gap, a repair or a series of a recording, or a
                            problem and its offset in the file; at last whether the indexes lead to every frame, how
                            many snapshots the series tell of, and where they differ from what the tables say
    reader.py --batch       the same for each file named on a line of standard input, then a line with its exit code

Exit codes: 0 all right, 1 damage, 2 not a snapshot file or one of a newer version. Needs Python 3.11 and msgpack.
"""

import hashlib
import json
import math
import struct
import sys
import zlib

import msgpack

MAGIC = bytes.fromhex("89 54 43 50 53 4E 41 50 0D 0A 1A 0A")
MARKER = bytes.fromhex("F7 54 46 52")
FILE_HEADER = struct.Struct("<12sHH8s4sI")  # magic, major, minor, file id, reserved, CRC-32
FRAME_HEADER = struct.Struct("<4sHH8sQII")  # marker, type, reserved, file id, length, number, CRC-32
PAYLOAD_HEADER = struct.Struct("<32s32sI4s")  # previous chain value, chain value, length of the metadata, reserved
DELTA_HEADER = struct.Struct("<32s32sII")  # previous chain value, chain value, compressed length, length of the body
INDEX_HEADER = struct.Struct("<QII")  # offset of the index before, number of entries, reserved
INDEX_ENTRY = struct.Struct("<QQQIHH")  # offset, length of the payload, time, number, type, reserved
SERIES_HEADER = struct.Struct("<I")  # length of the map
ROW = struct.Struct("<I4s2s2s4s2s2sII")  # state, local address and port, undefined, remote ones, undefined, pid, offload
SNAPSHOT, DELTA, INDEX, GAP, REPAIR, TRAILER, SERIES = 1, 2, 3, 4, 6, 7, 8
VERBATIM, DIFFERENCES, ROWS = 0, 2, 3
MAX_BODY, MAX_BINARY, MAX_VARINT, MAX_VARINT_BYTES = 268_435_456, 67_108_864, 2**53 - 1, 8
MAX_SERIES, MAX_SERIES_SNAPSHOTS, MAX_SERIES_STATES = 1_048_576, 65_536, 64
MAX_METADATA, MAX_VALUES, MAX_DEPTH = 67_108_864, 1_048_576, 16


class NotReadable(Exception):
    """The file as a whole: not a snapshot file, or of a newer version."""


class Damage(Exception):
    """A part of the file: the problem, and its offset."""


# Metadata: the MessagePack subset


def decode_map(data, start, wanted, name):
    """The map in `data`, which begins at `start` in the file. Nothing is allocated for a length before it is checked."""
    if len(data) > MAX_METADATA:
        raise Damage(f"{name} of {len(data)} bytes", start)
    unpacker = msgpack.Unpacker(raw=False, max_buffer_size=max(len(data), 1))
    unpacker.feed(data)
    values = 0

    def value(depth):
        nonlocal values
        values += 1
        at = unpacker.tell()
        if values > MAX_VALUES:
            raise ValueError("too many values")
        if at == len(data):
            raise ValueError("ends inside a map or array")
        kind = data[at]
        if kind == 0xC1 or 0xC7 <= kind <= 0xC9 or 0xD4 <= kind <= 0xD8:
            raise ValueError(f"type 0x{kind:02x}")
        container = 0x80 <= kind <= 0x9F or 0xDC <= kind <= 0xDF
        if not container:
            return unpacker.unpack()
        if depth > MAX_DEPTH:
            raise ValueError("nested too deep")
        if 0x80 <= kind <= 0x8F or kind >= 0xDE:
            return entries(unpacker.read_map_header(), depth)
        return [value(depth + 1) for _ in range(unpacker.read_array_header())]

    def entries(count, depth):
        result = {}
        for _ in range(count):
            key = unpacker.unpack()
            if not isinstance(key, str) or key in result or key == "__proto__":
                raise ValueError(f"key {key!r}")
            result[key] = value(depth + 1)
        return result

    try:
        document = value(1)
        if unpacker.tell() != len(data):
            raise ValueError("bytes follow its end")
    except (msgpack.UnpackException, ValueError) as error:
        raise Damage(f"{name}: {error or type(error).__name__}", start + unpacker.tell()) from None
    check(document, wanted, name, start)
    return document


def check_limits(value, depth=1):
    """The number of values in `value`, which was made by patches."""
    if not isinstance(value, (dict, list)):
        return 1
    if depth > MAX_DEPTH:
        raise ValueError("nested too deep")
    count = 1 + sum(check_limits(entry, depth + 1) for entry in (value.values() if isinstance(value, dict) else value))
    if count > MAX_VALUES:
        raise ValueError("too many values")
    return count


def text(value):
    return isinstance(value, str)


def boolean(value):
    return isinstance(value, bool)


def integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def natural(value):
    return integer(value) and value >= 0


def binary(value):
    return isinstance(value, bytes)


def mapping(value):
    return isinstance(value, dict)


def digest(value):
    return isinstance(value, bytes) and len(value) == 32


def columns(value):
    return isinstance(value, dict) and all(isinstance(column, bytes) for column in value.values())


# What the page says of the keys: {"key*": always there}, [entries of an array], or a test for the value.
MOMENT = {"utcMicroseconds*": integer, "monotonicMicroseconds*": integer}
TICK = {"number*": natural, "intervalMicroseconds*": natural, "lateMicroseconds*": natural}
TABLE = {"class*": text, "scope*": text, "synthesized*": boolean, "encoding*": natural, "length*": natural}
TABLE |= {"storedLength*": natural, "sha256*": digest, "function": text, "functionClass": integer, "order": boolean}
TABLE |= dict.fromkeys(["calls", "retries", "sizeAllocated", "sizeReported", "monotonicMicroseconds"], integer)
TABLE |= dict.fromkeys(["elapsedMicroseconds", "ownersUnresolved"], integer)
TABLE |= {"undocumented": boolean, "baseTable": natural, "extras": columns, "modules": [{"name*": text, "path": text}]}
HOST = dict.fromkeys(["name*", "os*", "osRelease*", "osVersion*", "architecture*"], text)
PROCESS = {"pid*": integer, "name*": text, "startUtcMicroseconds": integer, "parentPid": integer, "session": integer}
PROCESS |= dict.fromkeys(["path", "user", "userName", "commandLine"], text)
CLOCK = {"source*": text, "synchronized": boolean, "offsetMicroseconds": integer, "maxErrorMicroseconds": integer}
PORTS = {"kind*": text, "first*": natural, "last*": natural, "protocol": text, "family": text}
ADDRESS = {"name*": text, "address*": text, "prefixLength": integer, "mac": text, "scope": integer}
MACHINE = {"clock": CLOCK, "portRanges": [PORTS], "interfaces": [ADDRESS], "network": text, "virtualization": [text]}


def counters(value):
    return isinstance(value, dict) and all(integer(count) for count in value.values())


TOOL = {"name*": text, "version*": text, "runtime*": text, "arguments": [text]}
METADATA = {
    "machine": MACHINE,
    "statistics": [{"source*": text, "name*": text, "counters*": counters}],
    "tool*": TOOL,
    "provider*": text,
    "tables*": [TABLE],
    "time": MOMENT,
    "tick": TICK,
    "host": HOST | {"bootUtcMicroseconds": integer},
    "elevated": boolean,
    "processes": [PROCESS],
    "endedProcesses": [PROCESS],
    "unreadable": [{"what*": text, "reason*": text}],
    "note": text,
    "imported": {"fileName*": text, "utcMicroseconds*": integer},
}
CHANGES = {"base*": natural, "changes*": mapping, "rows": lambda value: isinstance(value, list)}
ROWS_OF_TABLE = {"first*": natural, "size*": natural, "map*": binary, "columns": mapping}
COUNTS = ["opened", "closed", "stateChanged", "ownerChanged"]
TIMES = ["utcMicroseconds", "monotonicMicroseconds", "elapsedMicroseconds", "tick", "lateMicroseconds"]
SERIES_COLUMNS = dict.fromkeys([f"{name}*" for name in COUNTS + TIMES], binary)
SERIES_MAP = {"snapshots*": natural, "columns*": SERIES_COLUMNS, "states*": columns}
GAP_NOTE = {"time*": MOMENT, "reason*": text, "tick": TICK}
REPAIR_NOTE = {"time*": MOMENT, "tool*": TOOL, "offset*": natural, "cutBytes*": natural, "cut": binary}


def check(value, wanted, name, start):
    if isinstance(wanted, dict):
        fits = isinstance(value, dict)
        for key, kind in wanted.items() if fits else ():
            if key.rstrip("*") in value:
                check(value[key.rstrip("*")], kind, f"{name}.{key.rstrip('*')}", start)
            elif key.endswith("*"):
                raise Damage(f"{name}.{key[:-1]} is missing", start)
    elif isinstance(wanted, list):
        fits = isinstance(value, list)
        for index, entry in enumerate(value if fits else ()):
            check(entry, wanted[0], f"{name}[{index}]", start)
    else:
        fits = wanted(value)
    if not fits:
        raise Damage(f"{name} has a wrong type or value", start)


# Raw tables


def decode_tcp2(raw):
    """The rows of a MIB_TCPTABLE2, and the bytes after them; None for both where it does not hold the rows that it claims."""
    end = 4 + int.from_bytes(raw[:4], "little") * ROW.size
    if len(raw) < end:
        return None, None
    return [decode_row(fields) for fields in ROW.iter_unpack(raw[4:end])], raw[end:]


def decode_row(fields):
    state, local, local_port, _, remote, remote_port, _, pid, offload = fields
    return [state, *endpoint(local, local_port), *endpoint(remote, remote_port), pid, offload]


def endpoint(address, port):
    return ".".join(str(byte) for byte in address), int.from_bytes(port, "big")


def restore_table(entry, stored, start, base, rows):
    """The raw bytes of a table, not compared with its SHA-256 yet. `base` is the snapshot that it is made from, None in a frame of type 1; `rows` what a delta tells of its rows."""
    name = f"table {entry['class']}"
    if len(stored) < entry["storedLength"]:
        raise Damage(f"{name} is cut off", start)
    if entry["encoding"] == VERBATIM and entry["length"] != entry["storedLength"]:
        raise Damage(f"{name} has two lengths", start)
    if entry["encoding"] == VERBATIM:
        raw = stored
    elif entry["encoding"] in (DIFFERENCES, ROWS) and base is not None:
        raw = apply_to_table(entry, stored, start, base, rows)
    else:
        raise Damage(f"{name} has the unknown encoding {entry['encoding']}", start)
    return raw


def apply_to_table(entry, stored, start, base, rows):
    place = entry.get("baseTable", len(base.tables))
    if place >= len(base.tables) or base.tables[place] is None:
        raise Damage(f"table {entry['class']}: its base cannot be restored", start)
    if entry["encoding"] == ROWS and rows is None:
        raise Damage(f"table {entry['class']}: its rows are not told", start)
    try:
        if entry["encoding"] == ROWS:
            return apply_rows(rows["map"], stored, base.tables[place], rows["first"], rows["size"], entry["length"])
        return apply_differences(base.tables[place], stored, entry["length"])
    except ValueError as error:
        raise Damage(f"table {entry['class']}: {error}", start) from None


def read_table(entry, stored, start, base, rows):
    """What to print of one table, its raw bytes as far as they can be restored, and the problems with it."""
    result = {"class": entry["class"], "sha256_ok": False, "rows": None, "slack": None}
    try:
        raw = restore_table(entry, stored, start, base, rows)
    except Damage as damage:
        return result, None, [damage]
    if hashlib.sha256(raw).digest() != entry["sha256"]:
        return result, raw, [Damage(f"table {entry['class']} does not have its SHA-256", start)]
    result["sha256_ok"] = True
    if entry["class"] == "tcp2":
        rows, slack = decode_tcp2(raw)
        result |= {"rows": rows, "slack": None if slack is None else slack.hex()}
    return result, raw, []


# Rows, differences and patches


class Numbers:
    """Varints among other bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def varint(self):
        value = shift = 0
        while True:
            if shift == 7 * MAX_VARINT_BYTES:
                raise ValueError("a number is too long")
            if self.at == len(self.data):
                raise ValueError("the bytes end inside a number")
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if value > MAX_VARINT:
                raise ValueError("a number is too large")
            if byte < 0x80:
                return value

    def signed(self):
        return to_signed(self.varint())

    def take(self, count):
        if count > self.left():
            raise ValueError(f"{count} bytes are wanted, {self.left()} are left")
        self.at += count
        return self.data[self.at - count : self.at]


def to_signed(value):
    return -(value + 1) // 2 if value % 2 else value // 2


def apply_rows(row_map, values, base, first, size, length):
    """What the values make of `base`: `length` bytes, or as many as come out where that is None."""
    earlier = max(0, (len(base) - first) // size)
    most = (len(base) + len(values)) // size
    rows, fresh, source, kept = [], [], 0, 0  # the rows that are kept, None in the place of new ones
    instructions = Numbers(row_map)
    while instructions.left():
        new, count = instructions.varint(), instructions.varint()
        if len(rows) + new + count > most:
            raise ValueError(f"more rows than base and values can make, {most}")
        fresh += range(len(rows), len(rows) + new)
        rows += [None] * new
        if count:
            source += instructions.signed()
            kept += count
            if source < 0 or source + count > earlier or kept > earlier:
                raise ValueError("rows are kept that are not in the base")
            rows += range(source, source + count)
            source += count
    reader = Numbers(values)
    result = bytearray(reader.take(first))
    for row in rows:
        result += bytes(size) if row is None else base[first + row * size : first + (row + 1) * size]
    for word in range(first, first + size, 4):
        places, row = [], -1
        for _ in range(reader.varint()):
            row += reader.varint() + 1
            places.append(row)
        if places and places[-1] >= len(rows):
            raise ValueError("a value of a row has changed that is not there")
        places += fresh
        planes = [reader.take(len(places)) for _ in range(4)]
        for place, value in zip(places, zip(*planes)):
            result[word + place * size : word + place * size + 4] = bytes(value)
    result += reader.take(reader.left())
    if length is not None and len(result) != length:
        raise ValueError(f"the rows make {len(result)} bytes, not {length}")
    return bytes(result)


def restore_columns(entry, rows, base):
    """Puts the columns that are made from those of the base into `extras`."""
    place = entry.get("baseTable", len(base.metadata["tables"]))
    earlier = base.metadata["tables"][place].get("extras", {}) if place < len(base.metadata["tables"]) else {}
    restored = {}
    for name, column in rows.get("columns", {}).items():
        if not isinstance(column, list) or len(column) != 2 or not natural(column[0]) or not binary(column[1]) or column[0] == 0:
            raise ValueError("a column is not told as it should be")
        if name not in earlier:
            raise ValueError("a column is not in the base")
        restored[name] = apply_rows(rows["map"], column[1], earlier[name], 0, column[0] * 4, None)
        if len(restored[name]) % (column[0] * 4):
            raise ValueError("a column does not fit")
    if restored:
        entry["extras"] = entry.get("extras", {}) | restored


def apply_differences(base, instructions, length):
    """The `length` bytes that the instructions make of `base`."""
    copied = source = 0
    result = bytearray()
    reader = Numbers(instructions)
    while reader.left():
        result += reader.take(reader.varint())
        if count := reader.varint():
            source += reader.signed()
            copied += count
            if source < 0 or source + count > len(base) or copied > len(base):
                raise ValueError("the differences copy what is not in the base")
            result += base[source : source + count]
            source += count
        if len(result) > length:
            break
    if len(result) != length:
        raise ValueError(f"the differences make {len(result)} bytes or more, not {length}")
    return bytes(result)


NOTHING = object()


def apply_patch(patch, old):
    if not isinstance(patch, dict):
        return patch
    if isinstance(old, list):
        return patch_array(patch, old)
    if isinstance(old, bytes):
        if not binary(patch.get("differences")) or not natural(patch.get("length")) or patch["length"] > MAX_BINARY:
            raise ValueError("a patch of binary without its differences or length")
        return apply_differences(old, patch["differences"], patch["length"])
    new = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = apply_patch(value, new.get(key, NOTHING))
    return new


def patch_array(patch, old):
    new = list(old)
    for place, value in pairs(patch.get("changed", []), len(old)):
        new[place] = apply_patch(value, old[place])
    removed = patch.get("removed", [])
    if not isinstance(removed, list):
        raise ValueError("a patch of an array is no array")
    for place in reversed(upwards(removed, len(old))):
        del new[place]
    inserted = patch.get("inserted", [])
    for place, value in pairs(inserted, len(new) + len(inserted)):
        if place > len(new):
            raise ValueError("a patch inserts behind the end")
        new.insert(place, apply_patch(value, NOTHING))
    return new


def pairs(value, limit):
    if not isinstance(value, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        raise ValueError("a patch of an array has no pairs")
    upwards([place for place, _ in value], limit)
    return value


def upwards(places, limit):
    if not all(natural(place) and place < limit for place in places):
        raise ValueError("a patch has a place outside the array")
    if any(later <= earlier for earlier, later in zip(places, places[1:])):
        raise ValueError("the places of a patch do not go upwards")
    return places


# Series: what snapshots have in numbers


STATES = dict(enumerate("CLOSED LISTEN SYN_SENT SYN_RECEIVED ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT".split(), 1))
STATES |= dict(enumerate("CLOSING LAST_ACK TIME_WAIT DELETE_TCB".split(), 9)) | {100: "BOUND", None: "UDP"}
STATE_NAMES = [*STATES.values(), "UNKNOWN"]


def read_series(payload, start):
    """What a series frame tells: of each column a number for each snapshot, None where nothing is told."""
    if len(payload) < SERIES_HEADER.size:
        raise Damage("too short for a series", start)
    (size,) = SERIES_HEADER.unpack_from(payload)
    told = decode_map(inflate(payload[SERIES_HEADER.size :], size, MAX_SERIES, start), start, SERIES_MAP, "series")
    count = told["snapshots"]
    if count > MAX_SERIES_SNAPSHOTS or len(told["states"]) > MAX_SERIES_STATES:
        raise Damage(f"a series of {count} snapshots, {len(told['states'])} states", start)
    known = {name: told["columns"][name] for name in COUNTS + TIMES}
    states = {}
    try:
        for name, column in told["states"].items():
            name, rows = name if name in STATE_NAMES else "UNKNOWN", told_numbers(column, count, "rows")
            states[name] = [sum(both) for both in zip(states.get(name, [0] * count), rows)]
        columns = {name: told_numbers(column, count, name) for name, column in known.items()}
    except ValueError as error:
        raise Damage(f"series: {error}", start) from None
    return {"snapshots": count, "columns": columns, "states": states}


def told_numbers(column, count, name):
    most = MAX_VARINT if name in TIMES else 2**32 - 1
    reader, last, numbers = Numbers(column), 0, []
    for _ in range(count):
        value = reader.varint()
        last += to_signed(value - 1) if value else 0
        numbers.append(last if value else None)
        if not 0 <= last <= most or (value == 0 and name not in TIMES):
            raise ValueError(f"{name} cannot be {numbers[-1]}")
    if reader.left():
        raise ValueError("bytes follow a column")
    return numbers


# Class: its sockets, whether bound ones; first row, bytes of a row; offsets of state, pid, local and remote end; bytes of
# address and scope. Of each kind of sockets, the class that tells most comes first.
LAYOUTS = {
    "tcp2": ("tcp4", False, 4, 28, 0, 20, 4, 12, 4),
    "tcp-owner-module": ("tcp4", False, 8, 160, 0, 20, 4, 12, 4),
    "tcp-owner-pid": ("tcp4", False, 4, 24, 0, 20, 4, 12, 4),
    "tcp": ("tcp4", False, 4, 20, 0, None, 4, 12, 4),
    "tcp2-bound": ("tcp4", True, 4, 28, 0, 20, 4, 12, 4),
    "tcp6-2": ("tcp6", False, 4, 60, 48, 52, 0, 24, 20),
    "tcp6-owner-module": ("tcp6", False, 8, 192, 48, 52, 0, 24, 20),
    "tcp6-owner-pid": ("tcp6", False, 4, 56, 48, 52, 0, 24, 20),
    "tcp6": ("tcp6", False, 4, 52, 0, None, 4, 28, 20),
    "tcp6-2-bound": ("tcp6", True, 4, 60, 48, 52, 0, 24, 20),
    "udp-owner-module": ("udp4", False, 8, 160, None, 8, 0, None, 4),
    "udp-owner-pid": ("udp4", False, 4, 12, None, 8, 0, None, 4),
    "udp": ("udp4", False, 4, 8, None, None, 0, None, 4),
    "udp6-owner-module": ("udp6", False, 8, 176, None, 24, 0, None, 20),
    "udp6-owner-pid": ("udp6", False, 4, 28, None, 24, 0, None, 20),
    "udp6": ("udp6", False, 4, 24, None, None, 0, None, 20),
}
RANK = {name: rank for rank, name in enumerate(LAYOUTS)}
LISTEN, TIME_WAIT = 2, 11


class Counted:
    """The numbers of series, as the tables have them. Where a snapshot is damaged, it gives up."""

    def __init__(self):
        self.columns = {name: [] for name in COUNTS + TIMES + STATE_NAMES}
        self.latest = {}  # the connections of the last tables, by their sockets
        self.last_time = None  # of the last snapshot that tells its own: by both clocks, and since the first one
        self.given_up = False

    def add(self, snapshot):
        if snapshot is None or not snapshot.intact:
            self.given_up = True
        if self.given_up:
            return
        numbers = dict.fromkeys(self.columns, 0) | self.times(snapshot.metadata)
        groups = {}
        for place in places_of_tables_that_tell_most(snapshot.metadata["tables"]):
            entry = snapshot.metadata["tables"][place]
            _, _, *layout = LAYOUTS[entry["class"]]
            sockets = LAYOUTS[entry["class"]][0], entry["scope"]
            groups.setdefault(sockets, []).append(rows_of(snapshot.tables[place], *layout))
        for sockets, tables in groups.items():
            if None not in tables:
                self.add_connections(numbers, sockets, connections(row for rows in tables for row in rows))
        for name, number in numbers.items():
            self.columns[name].append(number)

    def add_connections(self, numbers, sockets, now):
        before, self.latest[sockets] = self.latest.get(sockets, now), now
        for state in (state for rows in now.values() for state, _ in rows):
            numbers[STATES.get(state, "UNKNOWN")] += 1
        numbers["opened"] += len(now.keys() - before.keys())
        numbers["closed"] += len(before.keys() - now.keys())
        for key in now.keys() & before.keys():
            numbers["stateChanged"] += min(now[key])[0] != min(before[key])[0]
            owners, owners_before = owners_of(now[key]), owners_of(before[key])
            numbers["ownerChanged"] += owners != owners_before and owners != [] != owners_before

    def times(self, metadata):
        time, tick = metadata.get("time"), metadata.get("tick", {})
        return {
            "tick": tick.get("number"),
            "lateMicroseconds": tick.get("lateMicroseconds"),
            "utcMicroseconds": time and time["utcMicroseconds"],
            "monotonicMicroseconds": time and time["monotonicMicroseconds"],
            "elapsedMicroseconds": time and self.elapsed(time, metadata.get("host", {}).get("bootUtcMicroseconds")),
        }

    def elapsed(self, time, boot):
        utc, monotonic = time["utcMicroseconds"], time["monotonicMicroseconds"]
        last_utc, last_monotonic, elapsed = self.last_time or (utc, monotonic, 0)
        booted = monotonic < last_monotonic or (boot is not None and self.last_time and boot > last_utc)
        elapsed += max(0, utc - last_utc if booted else monotonic - last_monotonic)
        self.last_time = utc, monotonic, elapsed
        return elapsed

    def differences(self, told, total):
        """Where `told` has other numbers than these; None where they could not be counted."""
        if self.given_up:
            return None
        return [
            f"{name} of snapshot {place}: {there} is told, the tables say {counted}"
            for name, column in self.columns.items()
            for place, (there, counted) in enumerate(zip(told[name], column[:total]))
            if there != counted
        ]


def places_of_tables_that_tell_most(entries):
    known = [place for place, entry in enumerate(entries) if entry["class"] in LAYOUTS]
    chosen = []
    for kind in sorted({LAYOUTS[entries[place]["class"]][:2] for place in known}):
        rivals = [place for place in known if LAYOUTS[entries[place]["class"]][:2] == kind]
        rivals = [place for place in rivals if entries[place]["scope"] == "all"] or rivals
        best = min((entries[place]["class"] for place in rivals), key=RANK.get)
        first = {entries[place]["scope"]: place for place in reversed(rivals) if entries[place]["class"] == best}
        chosen += first.values()
    return chosen


def rows_of(raw, first, size, state, pid, local, remote, address):
    """State, pid and both ends of each row; None where the table cannot be decoded."""

    def number(at, offset):
        return int.from_bytes(raw[at + offset : at + offset + 4], "little")

    def end(at, offset):
        return raw[at + offset : at + offset + address + 2]

    count = int.from_bytes(raw[:4], "little")
    if len(raw) < first + count * size:
        return None
    return [
        (
            None if state is None else number(at, state),
            0 if pid is None else number(at, pid),
            end(at, local),
            None if remote is None else end(at, remote),
        )
        for at in range(first, first + count * size, size)
    ]


def connections(rows):
    """State and pid of the rows of each connection, by its ends."""
    found = {}
    for state, pid, local, remote in rows:
        found.setdefault((local, None if state == LISTEN else remote), []).append((state, pid))
    return found


def owners_of(rows):
    return sorted(pid for state, pid in rows if state != TIME_WAIT)


# Frames


class Restored:
    """A snapshot of which the chain value is right: its metadata, and its tables, None where they cannot be restored."""

    def __init__(self, metadata, chain):
        self.metadata, self.chain, self.tables, self.intact = metadata, chain, [], True


def read_keyframe(frame, payload, previous):
    """Yields what to print of the payload of a frame of type 1; returns what is restored of it. `previous` is the chain
    value before, if known."""
    if len(payload) < PAYLOAD_HEADER.size:
        raise Damage(f"frame {frame.number}: too short for a snapshot", frame.start)
    before, chain, size, _ = PAYLOAD_HEADER.unpack_from(payload)
    end = PAYLOAD_HEADER.size + size
    if end > len(payload):
        raise Damage(f"frame {frame.number}: metadata of {size} bytes reaches beyond the frame", frame.start + 64)
    encoded = payload[PAYLOAD_HEADER.size : end]
    metadata = decode_map(encoded, frame.start + PAYLOAD_HEADER.size, METADATA, "metadata")
    yield from check_chain(frame, metadata, encoded, before, chain, previous)
    snapshot = Restored(metadata, chain)
    tables = []
    for entry in metadata["tables"]:
        at = padded(end)
        yield from check_padding(payload, end, at, frame.start)
        end = at + entry["storedLength"]
        yield from add_table(snapshot, tables, entry, payload[at:end], frame.start + at, None, None)
    yield from check_end(frame, payload, end)
    yield described(frame, snapshot, tables)
    return snapshot


def read_delta(frame, payload, previous, bases):
    """The same for the payload of a frame of type 2. `bases` are the snapshots before it by the numbers of their frames."""
    if len(payload) < DELTA_HEADER.size:
        raise Damage(f"frame {frame.number}: too short for a delta", frame.start)
    before, chain, compressed, size = DELTA_HEADER.unpack_from(payload)
    end = DELTA_HEADER.size + compressed
    if end > len(payload):
        raise Damage(f"frame {frame.number}: a body of {compressed} bytes reaches beyond the frame", frame.start + 64)
    body_start = frame.start + DELTA_HEADER.size  # where offsets in the body are given: what holds them is compressed
    body = inflate(payload[DELTA_HEADER.size : end], size, MAX_BODY, body_start)
    end_of_changes = 4 + int.from_bytes(body[:4], "little")
    if end_of_changes > len(body):
        raise Damage(f"frame {frame.number}: changes reach beyond the body", body_start)
    encoded = body[4:end_of_changes]
    changes = decode_map(encoded, body_start, CHANGES, "changes")
    base = bases.get(changes["base"])
    if base is None:
        raise Damage(f"frame {frame.number}: its base, frame {changes['base']}, is missing or damaged", frame.start)
    told = told_rows(changes.get("rows", []), body_start)
    metadata = patched(base.metadata, changes["changes"], body_start)
    yield from check_chain(frame, metadata, encoded, before, chain, previous)
    snapshot = Restored(metadata, chain)
    tables = []
    at = end_of_changes
    told += [None] * len(metadata["tables"])
    for entry, rows in zip(metadata["tables"], told):
        stored = body[at : at + entry["storedLength"]]
        yield from add_table(snapshot, tables, entry, stored, body_start, base, rows)
        at += entry["storedLength"]
    if at != len(body):
        yield Damage(f"frame {frame.number}: a body of {len(body)} bytes, its tables end at {at}", body_start)
    # The entries may be those of the base: they are not changed, but made anew.
    metadata["tables"] = [dict(entry) for entry in metadata["tables"]]
    for entry, rows in zip(metadata["tables"], told):
        try:
            restore_columns(entry, rows or {}, base)
            check_size(metadata)
        except ValueError as error:
            raise Damage(f"frame {frame.number}: columns of table {entry['class']}: {error}", body_start) from None
    yield from check_end(frame, payload, end)
    yield described(frame, snapshot, tables)
    return snapshot


def told_rows(told, start):
    for rows in told:
        if rows is not None:
            check(rows, ROWS_OF_TABLE, "rows", start)
            if rows["size"] == 0 or rows["size"] % 4 or rows["first"] % 4:
                raise Damage("rows whose places are no multiples of 4", start)
    return list(told)


def inflate(compressed, size, limit, start):
    if not 4 <= size <= limit:
        raise Damage(f"a body of {size} bytes", start)
    stream = zlib.decompressobj(wbits=-15)
    try:
        body = stream.decompress(compressed, size + 1)
    except zlib.error as error:
        raise Damage(f"a body that does not inflate: {error}", start) from None
    if len(body) != size or not stream.eof or stream.unused_data:
        raise Damage(f"a body that does not inflate to exactly {size} bytes", start)
    return body


def patched(metadata, changes, start):
    try:
        result = apply_patch(changes, metadata)
        check_size(result)
    except ValueError as error:
        raise Damage(f"changes: {error}", start) from None
    check(result, METADATA, "patched metadata", start)
    return result


def check_size(metadata):
    check_limits(metadata)
    if len(msgpack.packb(metadata)) > MAX_METADATA:
        raise ValueError("too many bytes")


def check_chain(frame, metadata, encoded, before, chain, previous):
    digests = b"".join(entry["sha256"] for entry in metadata["tables"])
    if hashlib.sha256(before + encoded + digests).digest() != chain:
        raise Damage(f"frame {frame.number}: the chain value is wrong", frame.start + 32)
    if previous is not None and before != previous:
        yield Damage(f"frame {frame.number}: does not continue the chain", frame.start)


def add_table(snapshot, tables, entry, stored, start, base, rows):
    result, raw, problems = read_table(entry, stored, start, base, rows)
    snapshot.tables.append(raw)
    snapshot.intact = snapshot.intact and not problems
    tables.append(result)
    yield from problems


def described(frame, snapshot, tables):
    chain, metadata = snapshot.chain.hex(), printable(snapshot.metadata)
    return {"number": frame.number, "snapshot": frame.place, "metadata": metadata, "chain": chain, "tables": tables}


def check_end(frame, payload, end):
    yield from check_padding(payload, end, padded(end), frame.start)
    if padded(end) != frame.length:
        yield Damage(f"frame {frame.number}: {frame.length} bytes, what it holds ends at {padded(end)}", frame.start)


def padded(offset):
    return (offset + 7) // 8 * 8


def check_padding(payload, begin, end, start):
    if any(payload[begin:end]):
        yield Damage("bytes between the tables are not zero", start + begin)


def printable(value):
    if isinstance(value, dict):
        return {key: printable(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [printable(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value.hex() if isinstance(value, bytes) else value


class Frame:
    """What a frame header says, and where its payload begins and ends in the file."""

    def __init__(self, offset, kind, length, number):
        self.offset, self.kind, self.length, self.number = offset, kind, length, number
        self.start = offset + FRAME_HEADER.size
        self.end = self.start + length
        self.place = None  # among the snapshots


def frame_header(data, offset, file_id):
    """The frame of which the header is at `offset`, or None. Without a file id, any is right."""
    if len(data) - offset < FRAME_HEADER.size:
        return None
    marker, kind, _, its_id, length, number, crc = FRAME_HEADER.unpack_from(data, offset)
    right = marker == MARKER and crc == zlib.crc32(data[offset : offset + 28]) and file_id in (None, its_id)
    return Frame(offset, kind, length, number) if right else None


def next_frame(data, offset, file_id):
    """The offset of the next frame header at or after `offset`; the end of the file where there is none."""
    while (offset := data.find(MARKER, offset)) >= 0:
        if frame_header(data, offset, file_id):
            return offset
        offset += 1
    return len(data)


def read_file_header(data):
    """The file id, and the problem if the header is damaged."""
    if not data.startswith(MAGIC):
        raise NotReadable("not a snapshot file")
    if len(data) < FILE_HEADER.size:
        return None, Damage("the file ends inside its header", len(data))
    _, major, _, file_id, _, crc = FILE_HEADER.unpack_from(data)
    if crc != zlib.crc32(data[:28]):
        first = next_frame(data, FILE_HEADER.size, None)
        return data[first + 8 : first + 16], Damage("the file header is damaged", 0)
    if major != 1:
        raise NotReadable(f"format version {major}, this reader knows version 1")
    return file_id, None


def read_file(data):
    """Yields every snapshot, gap and repair (a dict) and every problem (Damage), in the order in which they stand in the
    file, and at last whether its indexes lead to every frame."""
    file_id, problem = read_file_header(data)
    if problem:
        yield problem
    frames = None if problem else indexed_frames(data, file_id)
    snapshots = Snapshots()
    for item in scanned_frames(data, file_id) if frames is None else checked_frames(data, frames, file_id):
        if isinstance(item, Frame):
            payload = data[item.start : item.end]
            yield from snapshots.read(item, payload, intact=not payload_problem(data, item))
        else:
            yield item
    yield {"indexed": frames is not None, "told": snapshots.told()}


def checked_frames(data, frames, file_id):
    """Yields the frames that the indexes name, and the problems with them."""
    for frame in frames:
        found = frame_header(data, frame.offset, file_id)
        if not found or (found.kind, found.length, found.number) != (frame.kind, frame.length, frame.number):
            yield Damage(f"the header of frame {frame.number} is damaged", frame.offset)
        if problem := payload_problem(data, frame):
            yield problem
        yield frame


def scanned_frames(data, file_id):
    """Yields the frames of which the headers are found, and the problems with and between them."""
    expected = search = FILE_HEADER.size
    next_number, found = 0, False
    while (offset := next_frame(data, search, file_id)) < len(data):
        if offset != expected:
            yield Damage("no frame header where one should be", min(offset, expected))
        frame = frame_header(data, offset, file_id)
        found = True
        problem = payload_problem(data, frame)
        if problem:
            yield problem
        expected = min(frame.end + 4, len(data))
        search = frame.start if problem else expected  # bytes may be missing in a damaged frame: the next begins inside it
        if frame.end + 4 > len(data):
            continue  # it was cut off
        if frame.number != next_number:
            yield Damage(f"frame {frame.number} stands where frame {next_number} should", offset)
        next_number = frame.number + 1
        yield frame
    if expected < len(data):
        yield Damage("no frame header where one should be", expected)
    if not found:
        yield Damage("the file holds no frame", min(len(data), FILE_HEADER.size))


class Snapshots:
    """What was read so far, as far as what follows is made from it."""

    def __init__(self):
        self.count = 0
        self.chain = None  # of the snapshot before; None where that is damaged, or where there is none
        self.bases = {}
        self.counted = Counted()
        self.series = []  # of each frame what it holds, or None, and how many snapshots are before it

    def read(self, frame, payload, intact):
        try:
            if frame.kind in (SNAPSHOT, DELTA):
                yield from self.read_snapshot(frame, payload)
            elif intact:  # these have no chain value that could confirm them
                yield from self.read_other(frame, payload)
            elif frame.kind == SERIES:
                self.series.append((None, self.count))
        except Damage as damage:
            yield damage

    def read_snapshot(self, frame, payload):
        frame.place = self.count
        self.count += 1
        previous, self.chain = self.chain, None
        snapshot = None
        try:
            if frame.kind == SNAPSHOT:
                snapshot = yield from read_keyframe(frame, payload, previous)
            else:
                snapshot = yield from read_delta(frame, payload, previous, self.bases)
            self.chain = snapshot.chain
        finally:
            self.bases[frame.number] = snapshot  # None: a damaged frame is no base, and hides earlier ones of its number
            self.counted.add(snapshot)

    def read_other(self, frame, payload):
        if frame.kind == GAP:
            yield {"gap": printable(decode_map(payload, frame.start, GAP_NOTE, "gap"))}
        elif frame.kind == REPAIR:
            yield {"repair": printable(decode_map(payload, frame.start, REPAIR_NOTE, "repair"))}
        elif frame.kind == SERIES:
            self.series.append((None, self.count))
            series = read_series(payload, frame.start)
            self.series[-1] = (series, self.count)
            yield {"series": series}

    def told(self):
        """Of how many snapshots the series tell, None where none of them is used, and where they tell what is not so."""
        told = {name: [] for name in COUNTS + TIMES + STATE_NAMES}
        total = 0
        for series, before in self.series:
            if series is None:
                break
            total += series["snapshots"]
            if total != before:
                return {"snapshots": None, "differs": None}
            for name, column in told.items():
                column += (series["columns"] | series["states"]).get(name, [0] * series["snapshots"])
        return {"snapshots": total, "differs": self.counted.differences(told, total)}


def payload_problem(data, frame):
    if frame.end + 4 > len(data):
        there = f"{len(data) - frame.start} bytes of {frame.length + 4} are there"
        return Damage(f"frame {frame.number} was cut off: {there}", frame.start)
    if zlib.crc32(data[frame.start : frame.end]) != int.from_bytes(data[frame.end : frame.end + 4], "little"):
        return Damage(f"frame {frame.number}: the CRC-32 of its payload is wrong", frame.start)
    return None


def indexed_frames(data, file_id):
    """The frames of a closed recording as its indexes tell them; None where they do not lead to every frame."""
    trailer = right_frame(data, len(data) - FRAME_HEADER.size - 8 - 4, len(data), TRAILER, file_id)
    if not trailer or trailer.length != 8:
        return None
    frames, end = [trailer], trailer.offset
    offset = int.from_bytes(data[trailer.start : trailer.end], "little")
    while offset:
        index = right_frame(data, offset, end, INDEX, file_id)
        if not index or index.length < INDEX_HEADER.size:
            return None
        previous, count, _ = INDEX_HEADER.unpack_from(data, index.start)
        if index.length != INDEX_HEADER.size + count * INDEX_ENTRY.size:
            return None
        entries = INDEX_ENTRY.iter_unpack(data[index.start + INDEX_HEADER.size : index.end])
        named = [Frame(at, kind, length, number) for at, length, _, number, kind, _ in entries]
        frames = [*named, index, *frames]
        offset, end = previous, offset
    expected = FILE_HEADER.size
    for number, frame in enumerate(frames):
        if frame.offset != expected or frame.number != number:
            return None
        expected = frame.end + 4
    return frames if expected == len(data) else None


def right_frame(data, offset, limit, kind, file_id):
    """The frame at `offset` if it is of this type, ends before `limit`, and nothing is wrong with it."""
    frame = frame_header(data, offset, file_id) if FILE_HEADER.size <= offset < limit else None
    return frame if frame and frame.kind == kind and frame.end + 4 <= limit and not payload_problem(data, frame) else None


# Command line


def print_file(name):
    """Prints a file and returns its exit code."""
    code = 0
    try:
        with open(name, "rb") as file:
            data = file.read()
        for item in read_file(data):
            if isinstance(item, Damage):
                code = 1
                item = {"problem": item.args[0], "offset": item.args[1]}
            print(json.dumps(item, allow_nan=False))
    except (NotReadable, OSError) as error:
        print(json.dumps({"problem": str(error), "offset": 0}))
        return 2
    return code


def main(arguments):
    if len(arguments) != 1:
        sys.stderr.write(__doc__)
        return 2
    if arguments[0] != "--batch":
        return print_file(arguments[0])
    for line in sys.stdin:
        print(json.dumps({"file": line.rstrip("\n"), "exit": print_file(line.rstrip("\n"))}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
