"""A reader for tcpscope snapshot files, written from docs/format.md alone, to show that the page is enough.

    reader.py FILE          prints one JSON object a line: a snapshot, or a problem and its offset in the file
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
ROW = struct.Struct("<I4s2s2s4s2s2sII")  # state, local address and port, undefined, remote ones, undefined, pid, offload
SNAPSHOT = 1
MAX_METADATA, MAX_VALUES, MAX_DEPTH = 67_108_864, 1_048_576, 16


class NotReadable(Exception):
    """The file as a whole: not a snapshot file, or of a newer version."""


class Damage(Exception):
    """A part of the file: the problem, and its offset."""


# Metadata: the MessagePack subset


def decode_metadata(data, start):
    """The map in `data`, which begins at `start` in the file. Nothing is allocated for a length before it is checked."""
    if len(data) > MAX_METADATA:
        raise Damage(f"metadata of {len(data)} bytes", start)
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
            return mapping(unpacker.read_map_header(), depth)
        return [value(depth + 1) for _ in range(unpacker.read_array_header())]

    def mapping(count, depth):
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
        raise Damage(f"metadata: {error or type(error).__name__}", start + unpacker.tell()) from None
    check(document, METADATA, "metadata", start)
    return document


def text(value):
    return isinstance(value, str)


def boolean(value):
    return isinstance(value, bool)


def integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def natural(value):
    return integer(value) and value >= 0


def digest(value):
    return isinstance(value, bytes) and len(value) == 32


def columns(value):
    return isinstance(value, dict) and all(isinstance(column, bytes) for column in value.values())


# What the page says of the keys: {"key*": always there}, [entries of an array], or a test for the value.
MOMENT = {"utcMicroseconds*": integer, "monotonicMicroseconds*": integer}
TABLE = {"class*": text, "scope*": text, "synthesized*": boolean, "encoding*": natural, "length*": natural}
TABLE |= {"storedLength*": natural, "sha256*": digest, "function": text, "functionClass": integer, "order": boolean}
TABLE |= dict.fromkeys(["calls", "retries", "sizeAllocated", "sizeReported", "monotonicMicroseconds"], integer)
TABLE |= dict.fromkeys(["elapsedMicroseconds", "ownersUnresolved"], integer)
TABLE |= {"undocumented": boolean, "extras": columns, "modules": [{"name*": text, "path": text}]}
HOST = dict.fromkeys(["name*", "os*", "osRelease*", "osVersion*", "architecture*"], text)
PROCESS = {"pid*": integer, "name*": text, "startUtcMicroseconds": integer, "parentPid": integer, "session": integer}
PROCESS |= dict.fromkeys(["path", "user", "userName", "commandLine"], text)
CLOCK = {"source*": text, "synchronized": boolean, "offsetMicroseconds": integer, "maxErrorMicroseconds": integer}
PORTS = {"kind*": text, "first*": natural, "last*": natural, "protocol": text, "family": text}
ADDRESS = {"name*": text, "address*": text, "prefixLength": integer, "mac": text, "scope": integer}
MACHINE = {"clock": CLOCK, "portRanges": [PORTS], "interfaces": [ADDRESS], "network": text, "virtualization": [text]}


def counters(value):
    return isinstance(value, dict) and all(integer(count) for count in value.values())


METADATA = {
    "machine": MACHINE,
    "statistics": [{"source*": text, "name*": text, "counters*": counters}],
    "tool*": {"name*": text, "version*": text, "runtime*": text, "arguments": [text]},
    "provider*": text,
    "tables*": [TABLE],
    "time": MOMENT,
    "host": HOST | {"bootUtcMicroseconds": integer},
    "elevated": boolean,
    "processes": [PROCESS],
    "unreadable": [{"what*": text, "reason*": text}],
    "note": text,
    "imported": {"fileName*": text, "utcMicroseconds*": integer},
}


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


def decode_tcp2(raw, start):
    """The rows of a MIB_TCPTABLE2, and the bytes after them."""
    count = int.from_bytes(raw[:4], "little")
    end = 4 + count * ROW.size
    if len(raw) < 4 or end > len(raw):
        raise Damage(f"not a whole MIB_TCPTABLE2: {count} rows in {len(raw)} bytes", start)
    return [decode_row(fields) for fields in ROW.iter_unpack(raw[4:end])], raw[end:]


def decode_row(fields):
    state, local, local_port, _, remote, remote_port, _, pid, offload = fields
    return [state, *endpoint(local, local_port), *endpoint(remote, remote_port), pid, offload]


def endpoint(address, port):
    return ".".join(str(byte) for byte in address), int.from_bytes(port, "big")


def read_table(entry, stored, start):
    """What to print of one table, and the problems with it."""
    result = {"class": entry["class"], "sha256_ok": False, "rows": None, "slack": None}
    if len(stored) < entry["storedLength"]:
        return result, [Damage(f"table {entry['class']} is cut off", start)]
    if entry["encoding"] != 0:
        return result, [Damage(f"table {entry['class']} has the unknown encoding {entry['encoding']}", start)]
    problems = []
    if entry["length"] != entry["storedLength"]:
        problems.append(Damage(f"table {entry['class']} has two lengths", start))
    result["sha256_ok"] = hashlib.sha256(stored).digest() == entry["sha256"]
    if not result["sha256_ok"]:
        problems.append(Damage(f"table {entry['class']} does not have its SHA-256", start))
    elif entry["class"] == "tcp2":
        try:
            rows, slack = decode_tcp2(stored, start)
            result |= {"rows": rows, "slack": slack.hex()}
        except Damage as damage:
            problems.append(damage)
    return result, problems


# Frames


def read_snapshot(number, payload, length, start, previous):
    """Yields what to print of a payload; returns its chain value, or None if nothing of it can be trusted.
    `payload` is shorter than `length` where the file was cut off; `previous` is the chain value before, if known."""
    if len(payload) < PAYLOAD_HEADER.size:
        raise Damage(f"frame {number}: too short for a snapshot", start)
    before, chain, size, _ = PAYLOAD_HEADER.unpack_from(payload)
    end = PAYLOAD_HEADER.size + size
    if end > len(payload):
        raise Damage(f"frame {number}: metadata of {size} bytes reaches beyond the frame", start + 64)
    encoded = payload[PAYLOAD_HEADER.size : end]
    metadata = decode_metadata(encoded, start + PAYLOAD_HEADER.size)
    digests = b"".join(entry["sha256"] for entry in metadata["tables"])
    if hashlib.sha256(before + encoded + digests).digest() != chain:
        raise Damage(f"frame {number}: the chain value is wrong", start + 32)
    if previous is not None and before != previous:
        yield Damage(f"frame {number}: does not continue the chain", start)
    tables = []
    for entry in metadata["tables"]:
        at = padded(end)
        yield from check_padding(payload, end, at, start)
        end = at + entry["storedLength"]
        table, problems = read_table(entry, payload[at:end], start + at)
        tables.append(table)
        yield from problems
    yield from check_padding(payload, end, padded(end), start)
    if padded(end) != length:
        yield Damage(f"frame {number}: {length} bytes, its tables end at {padded(end)}", start)
    yield {"number": number, "metadata": printable(metadata), "chain": chain.hex(), "tables": tables}
    return chain


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


def frame_header(data, offset, file_id):
    """(type, length, number) of the frame header at `offset`, or None. Without a file id, any is right."""
    if len(data) - offset < FRAME_HEADER.size:
        return None
    marker, kind, _, its_id, length, number, crc = FRAME_HEADER.unpack_from(data, offset)
    right = marker == MARKER and crc == zlib.crc32(data[offset : offset + 28]) and file_id in (None, its_id)
    return (kind, length, number) if right else None


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
    """Yields every snapshot (a dict) and every problem (Damage) of the file, in the order in which they stand in it."""
    file_id, problem = read_file_header(data)
    if problem:
        yield problem
    expected = search = FILE_HEADER.size
    next_number, chain = 0, bytes(32)
    while (offset := next_frame(data, search, file_id)) < len(data):
        if offset != expected:
            yield Damage("no frame header where one should be", min(offset, expected))
        kind, length, number = frame_header(data, offset, file_id)
        if number != next_number:
            yield Damage(f"frame {number} stands where frame {next_number} should", offset)
        start = offset + FRAME_HEADER.size
        payload = data[start : start + length]
        problem = payload_problem(data, start, length, number)
        if problem:
            yield problem
        if kind == SNAPSHOT:
            try:
                chain = yield from read_snapshot(number, payload, length, start, chain)
            except Damage as damage:
                yield damage
                chain = None
        next_number = number + 1
        expected = min(start + length + 4, len(data))
        search = start if problem else expected  # bytes may be missing in a damaged frame: the next begins inside it
    if expected < len(data):
        yield Damage("no frame header where one should be", expected)
    if next_number == 0:
        yield Damage("the file holds no frame", min(len(data), FILE_HEADER.size))


def payload_problem(data, start, length, number):
    end = start + length
    if end + 4 > len(data):
        return Damage(f"frame {number} was cut off: {len(data) - start} bytes of {length + 4} are there", start)
    if zlib.crc32(data[start:end]) != int.from_bytes(data[end : end + 4], "little"):
        return Damage(f"frame {number}: the CRC-32 of its payload is wrong", start)
    return None


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
