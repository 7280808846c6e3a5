#!/usr/bin/env python3
"""Asks a receiver for its window as anybody's REQ socket does: req_client.py ENDPOINT FILE [REQUEST]

Writes the parts of the answer, joined, to FILE and prints how many there were. REQUEST is `q` unless it is said.
"""
import sys

import zmq

socket = zmq.Context().socket(zmq.REQ)
socket.setsockopt(zmq.RCVTIMEO, 20000)
socket.setsockopt(zmq.LINGER, 0)
socket.connect(sys.argv[1])
socket.send(sys.argv[3].encode() if len(sys.argv) > 3 else b"q")
parts = socket.recv_multipart()
with open(sys.argv[2], "wb") as file:
    file.write(b"".join(parts))
print(len(parts))
