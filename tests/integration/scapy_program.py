# What scapy_test.ts has scapy do, in a namespace of its own: scapy_program.py CASE ARGUMENT. Prints one JSON object.
import errno
import json
import logging
import os
import select
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "scapy"))
import nflog_zmq_scapy as nflog  # noqa: E402

PORT = 9999


def send(first, count, size=0):
    four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    for number in range(first, first + count):
        text = (b"number %d" % number).ljust(size, b".")
        if number % 2 == 0:
            four.sendto(text, ("127.0.0.1", PORT))
        else:
            six.sendto(text, ("::1", PORT))


def seen(packet):
    from scapy.layers.inet import UDP
    known = packet.nflog
    return {
        "class": packet.__class__.__name__, "load": bytes(packet[UDP].payload).decode(), "time": float(packet.time),
        "wirelen": packet.wirelen, "group": known.group, "prefix": known.prefix, "in": known.indev,
        "sensor": known.sensor, "mark": known.mark, "direction": known.direction, "source": known.time_source,
    }


def sniffed(**options):
    from scapy.sendrecv import sniff
    return [seen(packet) for packet in sniff(timeout=20, **options)]


def case_sniff(group):
    nflog.install_nflog_listener(queues=int(group), nlbufsiz=2 ** 22)
    start = threading.Thread(target=send, args=(0, 10)).start
    return sniffed(count=10, started_callback=start)


def case_class(group):
    class Listener(nflog.NFLOGListenSocket):
        queues = [int(group)]
    with Listener(filter="udp and ip6") as listener:
        send(0, 6)
        return sniffed(opened_socket=listener, count=3)


def case_generator(group):
    packets = nflog.nflog_generator([int(group)], extra_attrs=["len", "ts", "prefix"], nlbufsiz=2 ** 21, timeout=0.01)
    descriptor = next(packets)
    blocked = packets.send(None) if select.select([descriptor], [], [], 0)[0] else nflog.NFWouldBlock
    send(0, 3)
    got = [next(packets) for _ in range(3)]
    peeked = packets.send(True)
    while peeked is not nflog.NFWouldBlock:
        peeked = packets.send(True)
    packets.close()
    return {
        "blocked": blocked is nflog.NFWouldBlock,
        "got": [[payload[-8:].decode(), length == len(payload), time > 1.6e9, prefix]
                for payload, length, time, prefix in got],
    }


def case_plain(group):
    packets = nflog.nflog_generator(queues=int(group))
    next(packets)
    send(0, 1)
    payload = next(packets)
    return {"type": type(payload).__name__, "version": payload[0] >> 4}


def case_overflow(group):
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logging.getLogger("nflog").addHandler(handler)
    told = []
    for handled in (True, False):
        packets = nflog.nflog_generator(qids=int(group), nlbufsiz=8192, handle_overflows=handled)
        next(packets)
        send(0, 4000, 1200)
        try:
            for payload in packets:
                if handled and records:
                    break
        except OSError as error:
            told.append(error.errno == errno.ENOBUFS)
        packets.close()
    return {"warned": len(records) > 0, "raised": told}


def case_refused(group):
    said = []
    with nflog.NFLOGListenSocket(queues=int(group)):
        for attempt in (lambda: next(nflog.nflog_generator(int(group))),
                        lambda: nflog.NFLOGListenSocket(queues=int(group)),
                        lambda: nflog.NFLOGListenSocket(queues=70000),
                        lambda: next(nflog.nflog_generator(1, extra_attrs="colour"))):
            try:
                attempt()
                said.append("nothing")
            except Exception as error:
                said.append("%s: %s" % (error.__class__.__name__, error))
    # It is free again.
    nflog.NFLOGListenSocket(queues=int(group)).close()
    return said


def case_window(endpoint):
    return sniffed(opened_socket=nflog.NFLOGWindowListenSocket(endpoint, query=["--max-packets", "4"]))


def case_stream(endpoint):
    listener = nflog.NFLOGStreamListenSocket(endpoint)
    print("ready", flush=True)
    return sniffed(opened_socket=listener, count=6)


def case_send(first):
    send(int(first), 6)
    return []


print(json.dumps(globals()["case_" + sys.argv[1]](sys.argv[2])))
