#!/usr/bin/env python3
"""Writes frames from docs/wire_format.md alone, in another language than the program's, for the tests to read."""
import struct
import subprocess
import zlib

SENSOR = "gate-1 ä".encode()
INSTANCE = 0x1122334455667788
RAW4 = bytes.fromhex("45000020000100004011b6c70a4d00010a4d00021388270f000c000068690a00")
RAW6 = bytes.fromhex("6000000000083a40" + "fd77" + "00" * 13 + "01" + "fd77" + "00" * 13 + "02" + "8000000000010002")


def leb(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def record(seconds, micros, data, original):
    return struct.pack("<IIII", seconds, micros, len(data), original) + data


def context(group, ethertype, family, hook, flags, texts, mark=0, uid=0, gid=0):
    raw = [text.encode() for text in texts]
    fixed = struct.pack("<HHBBB", group, ethertype, family, hook, flags)
    lengths = bytes(len(text) for text in raw)
    rest = fixed + lengths + b"\0\0" + struct.pack("<III", mark, uid, gid) + b"".join(raw)
    return struct.pack("<H", len(rest) + 2) + rest


def totals(group, *counts):
    return struct.pack("<H6x7Q", group, *counts)


def frame(name, *, records=(), nanoseconds=None, runs=(), contexts=(), groups=(), codec=0, flags=0, number, sent, pack=bytes):
    body = b"".join(records)
    size = len(body)
    if nanoseconds is not None:
        flags |= 1
        body += struct.pack(f"<{len(nanoseconds)}H", *nanoseconds)
    body += b"".join(leb(n) for run in runs for n in run) + b"".join(contexts) + b"".join(groups)
    header = b"\xf5NFZ" + bytes([1, codec, flags, len(SENSOR)])
    header += struct.pack("<QQHHIIIIHH", INSTANCE, number, 3, len(contexts), len(records), size, len(runs), len(body), len(groups), 0)
    header += struct.pack("<6Q", sent, 1000, 11, 22, 33, 44)
    header += struct.pack("<3Q", 0x99, 55, 66) + struct.pack("<Q", 1_700_000_000_123_456)
    assert len(header) == 128
    with open(name, "wb") as file:
        file.write(header + SENSOR + pack(body))


def zstd(body):
    return subprocess.run(["zstd", "-q", "-19", "--no-check", "-c"], input=body, stdout=subprocess.PIPE, check=True).stdout


PACKETS = dict(
    records=[record(1_700_000_000, 123_456, RAW4, 32), record(1_700_000_000, 999_999, RAW6, 1500), record(0xFFFFFFFF, 0, b"", 0)],
    nanoseconds=[0, 999, 1],
    runs=[(1, 0, 0), (1, 1, 300), (1, 0, 0xFFFFFFFF)],
    contexts=[
        context(5, 0x0800, 2, 1, 1 | 2 | 4 | 8, ["eth0", "", "port1", "", "from outside: "], 0xDEADBEEF, 1000, 100),
        context(65535, 0x86DD, 10, 3, 0, ["", "wg0", "", "port2", "é"]),
    ],
    groups=[totals(5, 1, 32, 2, 3, 4, 5, 6), totals(65535, 2**53 - 1, 0, 0, 0, 0, 0, 0)],
    number=7, sent=2**40)

frame("plain.frame", **PACKETS)
frame("deflate.frame", codec=2, pack=zlib.compress, **PACKETS)
frame("zstd.frame", codec=1, pack=zstd, **PACKETS)
frame("last.frame", flags=2, number=8, sent=2**40 + 3, groups=[totals(5, 1, 32, 2, 3, 4, 5, 6)])
