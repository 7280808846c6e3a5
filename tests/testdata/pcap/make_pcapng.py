#!/usr/bin/env python3
"""Makes variants_*.pcapng, byte by byte: what no writer at hand writes any more, or in this byte order. Run by make.sh; tshark judges them."""
import struct

DATA = bytes.fromhex("4500002000070000401100c8c0000201c63364029c400035000c0000") + b"data"


def pad(data):
    return data + bytes(-len(data) % 4)


def block(order, kind, body):
    size = len(body) + 12
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + pad(value)


def section(order, length=-1):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, length) + option(order, 4, b"make_pcapng.py") + bytes(4))


def interface(order, link, snaplen, *options):
    return block(order, 1, struct.pack(order + "HHI", link, 0, snaplen) + b"".join(options) + (bytes(4) if options else b""))


def enhanced(order, number, ticks, captured, original, *options):
    body = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, captured, original) + pad(DATA[:captured])
    return block(order, 6, body + b"".join(options) + (bytes(4) if options else b""))


def obsolete(order, number, drops, ticks, captured, original):
    body = struct.pack(order + "HHIIII", number, drops, ticks >> 32, ticks & 0xFFFFFFFF, captured, original)
    return block(order, 2, body + pad(DATA[:captured]))


def simple(order, original, captured):
    return block(order, 3, struct.pack(order + "I", original) + pad(DATA[:captured]))


def one(order):
    """A section of every kind of packet, and of every unit of time."""
    second = 1700000000
    return b"".join([
        section(order),
        interface(order, 101, 30, option(order, 2, b"micro")),
        interface(order, 228, 0, option(order, 2, b"nano"), option(order, 9, b"\x09"),
                  option(order, 14, struct.pack(order + "q", 1000))),
        enhanced(order, 0, second * 10**6 + 123456, 30, 32),
        enhanced(order, 1, second * 10**9 + 123456789, 32, 32, option(order, 2, struct.pack(order + "I", 2)),
                 option(order, 4, struct.pack(order + "Q", 77)), option(order, 1, b"a comment"), option(order, 1, b"another")),
        block(order, 0x80000001, b"of some program's own"[:20]),
        block(order, 4, bytes(4)),
        interface(order, 101, 0, option(order, 9, bytes([0x80 | 20]))),
        enhanced(order, 2, (second << 20) + (1 << 19), 29, 29),
        interface(order, 101, 0, option(order, 9, b"\x03")),
        enhanced(order, 3, second * 1000 + 999, 31, 31),
        obsolete(order, 0, 5, second * 10**6 + 1, 28, 32),
        obsolete(order, 1, 0xFFFF, second * 10**9 + 1, 32, 32),
        block(order, 5, struct.pack(order + "III", 0, 0, 0)),
        enhanced(order, 0, second * 10**6 + 999999, 0, 32),
    ])


for name, order in (("le", "<"), ("be", ">")):
    with open(f"variants_{name}.pcapng", "wb") as file:
        file.write(one(order))
with open("variants_sections.pcapng", "wb") as file:
    file.write(one("<") + one(">"))
with open("variants_simple.pcapng", "wb") as file:
    file.write(section("<") + interface("<", 101, 30) + simple("<", 32, 30) + simple("<", 29, 29))
