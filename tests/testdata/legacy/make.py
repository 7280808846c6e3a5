#!/usr/bin/env python3
"""Writes messages of the Python original with the libraries it used: xdrlib, struct and zlib. Needs Python 3.12 or older, which has xdrlib."""
import struct
import zlib
from xdrlib import Packer

RAW4 = bytes.fromhex("45000021000100004011b6c60a4d00010a4d00021388270f000d0000686921")
RAW6 = bytes.fromhex("6000000000083a40" + "fd77" + "00" * 13 + "01" + "fd77" + "00" * 13 + "02" + "8000000000010002")
PACKETS = [
    (1_700_000_000, 123_456, len(RAW4), RAW4),
    (1_700_000_000, 999_999, 1500, RAW6),
    (0xF4FFFFFF, 0, 0, RAW4[:29]),
    (100, 1, 0, b""),
]


def structure(seconds, micros, length, data):
    packer = Packer()
    packer.pack_farray(3, [seconds, micros, length], packer.pack_uint)
    packer.pack_bytes(data)
    return packer.get_buffer()


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


for index, packet in enumerate(PACKETS):
    write(f"bare{index}.message", structure(*packet))
    write(f"marked{index}.message", b"\0" + structure(*packet))

compressor = zlib.compressobj()
stream = b""
for packet in PACKETS:
    one = structure(*packet)
    stream += compressor.compress(struct.pack("!I", len(one)) + one)
write("zlib.message", b"\1" + stream + compressor.flush())
