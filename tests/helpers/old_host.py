#!/usr/bin/env python3
"""Stands in for a host that still runs the Python original: speaks its messages with its own libraries (struct, zlib), shares no code with the program.

  old_host.py send ENDPOINT PCAP plain|marked|zlib      sends the packets of a RAW capture as the original's sender does
  old_host.py recv ENDPOINT PCAP COUNT [--rate-control] writes COUNT packets as the original's receiver does, then ends
"""
import struct
import sys
import zlib

import zmq


def read_pcap(path):
    with open(path, "rb") as file:
        data = file.read()
    at = 24
    while at < len(data):
        seconds, micros, captured, original = struct.unpack_from("<IIII", data, at)
        at += 16
        yield seconds, micros, original, data[at:at + captured]
        at += captured


def construct(seconds, micros, length, dump):
    padding = b"\0" * (-len(dump) % 4)
    return struct.pack("!IIII", seconds, micros, length, len(dump)) + dump + padding


def loads(dump):
    seconds, micros, length, count = struct.unpack_from("!IIII", dump)
    assert len(dump) == 16 + count + (-count % 4), (len(dump), count)
    return seconds, micros, length or count, dump[16:16 + count]


def decompress(message):
    if message[:1] == b"\1":
        data, at = zlib.decompress(message[1:]), 0
        while at != len(data):
            size, = struct.unpack_from("!I", data, at)
            at += 4 + size
            yield data[at - size:at]
    else:
        assert message[:1] == b"\0", message[:1]
        yield message[1:]


def send(endpoint, path, form):
    socket = zmq.Context().socket(zmq.PUSH)
    socket.setsockopt(zmq.SNDHWM, 0)
    socket.connect(endpoint)
    packets = [construct(*packet) for packet in read_pcap(path)]
    if form == "plain":
        for packet in packets:
            socket.send(packet)
    elif form == "marked":
        for packet in packets:
            socket.send(b"\0" + packet)
    else:
        for at in range(0, len(packets), 500):
            compressor = zlib.compressobj()
            parts = [compressor.compress(struct.pack("!I", len(one)) + one) for one in packets[at:at + 500]]
            socket.send(b"\1" + b"".join(parts) + compressor.flush())
    socket.close(linger=20000)


def receive(endpoint, path, count, rate_control):
    socket = zmq.Context().socket(zmq.PULL)
    socket.setsockopt(zmq.RCVHWM, 0)
    socket.setsockopt(zmq.RCVTIMEO, 20000)
    socket.bind(endpoint)
    print(socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode(), file=sys.stderr, flush=True)
    compressed = written = 0
    with open(path, "wb") as file:
        file.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 12))
        while written < count:
            message = socket.recv()
            compressed += message[:1] == b"\1"
            for one in decompress(message) if rate_control else [message]:
                seconds, micros, length, dump = loads(one)
                file.write(struct.pack("=IIII", seconds, micros, len(dump), length) + dump)
                written += 1
    print(compressed, flush=True)


if sys.argv[1] == "send":
    send(*sys.argv[2:5])
else:
    receive(sys.argv[2], sys.argv[3], int(sys.argv[4]), "--rate-control" in sys.argv)
