"""TensorBoard's files: records framed by length and checksum, and protobuf's wire format in them.

A record is its length (8 bytes), the length's checksum (4), its data, the data's checksum (4),
all little endian. The checksum is CRC-32C (Castagnoli), rotated and shifted so that checksums of
checksums stay apart. Reading both here takes fewer lines than a dependency takes megabytes.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path

from harness.errors import LogError

LARGEST_CHECKED = 4096
"""Bytes; longer records hold pictures and histograms, which are skipped, not checked."""
_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8
_LENGTH = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
Field = tuple[int, int | bytes]
"""A field's number, and its value: a whole number, or bytes (of fixed-width numbers too)."""


def begins_as_records(head: bytes) -> bool:
    """Whether these first bytes are a record's length with its right checksum."""
    if len(head) < _LENGTH.size:
        return False
    _, checksum = _LENGTH.unpack_from(head)
    return checksum == masked_crc32c(head[:8])


def records(path: Path) -> Iterator[bytes]:
    """The data of every whole record of at most `LARGEST_CHECKED` bytes.

    A file that is still being written ends within a record, which is left out.

    Raises:
        LogError: a checksum is wrong.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        while True:
            begin = file.tell()
            head = file.read(_LENGTH.size)
            if len(head) < _LENGTH.size:
                return
            length, checksum = _LENGTH.unpack(head)
            _check(path, begin, head[:8], checksum, "length")
            if begin + _LENGTH.size + length + _CHECKSUM.size > size:
                return
            if length > LARGEST_CHECKED:
                file.seek(length + _CHECKSUM.size, os.SEEK_CUR)
                continue
            data = file.read(length)
            (checksum,) = _CHECKSUM.unpack(file.read(_CHECKSUM.size))
            _check(path, begin, data, checksum, "data")
            yield data


def fields(data: bytes) -> Iterator[Field]:
    """The fields of a protobuf message, in the order in which they stand.

    Raises:
        ValueError: it is none.
    """
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if kind == 2:
            length, at = _varint(data, at)
        else:
            length = {1: 8, 5: 4}.get(kind, -1)
        if length < 0 or at + length > len(data):
            raise ValueError("no protobuf message")
        yield key >> 3, data[at : at + length]
        at += length


def masked_crc32c(data: bytes) -> int:
    """The checksum that stands beside `data`."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def _check(path: Path, begin: int, data: bytes, checksum: int, what: str) -> None:
    if masked_crc32c(data) != checksum:
        raise LogError(
            f"{path}: the record at byte {begin} must have the checksum of its {what}, got another:"
            " the file is damaged, or no event file"
        )


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("no protobuf message")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = tuple(_entry(byte) for byte in range(256))
