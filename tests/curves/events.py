"""TensorBoard's event files, byte by byte as its protocol says."""

import struct
from pathlib import Path

from harness.curves.logs.tfrecords import masked_crc32c


def framed(data):
    """A record with `data` in it."""
    length = struct.pack("<Q", len(data))
    return b"".join(part + struct.pack("<I", masked_crc32c(part)) for part in (length, data))


def event(tag, step, value, *, time=None, tensor=False):
    """A record that says a scalar, as PyTorch writes it, or in a tensor, as Keras does."""
    number = struct.pack("<f", value)
    if tensor:
        plugin = _part(9, _part(1, _part(1, b"scalars")))
        # A float, without dimensions, then its bytes.
        held = _part(8, b"\x08\x01" + _part(2, b"") + _part(4, number)) + plugin
    else:
        held = b"\x15" + number
    summary = _part(1, _part(1, tag.encode()) + held)
    begin = b"\x09" + struct.pack("<d", step if time is None else time)
    return framed(begin + b"\x10" + _varint(step) + _part(5, summary))


def begin():
    """The record that every file begins with."""
    return framed(b"\x09" + struct.pack("<d", 0.0) + _part(3, b"brain.Event:2"))


def write_events(folder: Path, *events, name="events.out.tfevents.1700000000.host") -> Path:
    """An event file in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(begin() + b"".join(events))
    return path


def _part(number, content):
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value):
    value %= 1 << 64
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
