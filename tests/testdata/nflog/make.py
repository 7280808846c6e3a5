#!/usr/bin/env python3
"""Records NFLOG datagrams of the running kernel: run it as `unshare -n python3 make.py`, as root, in this folder.

It sends known packets in a network namespace of its own, reads what the kernel logs through a socket of its own, and writes each case as NAME.nl (the
datagrams, each after its length as a little-endian u32) and all it knows of the packets, as it sent them, into packets.json.
"""
import json
import os
import socket
import struct
import subprocess
import time

NETLINK_NETFILTER = 12
SPORT, DPORT = 40000, 5001
MAC0, MAC1 = "02:00:00:00:00:01", "02:00:00:00:00:02"


def sh(command, text=None):
    subprocess.run(command, shell=True, check=True, input=text, text=True)


def attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


class Reader:
    """One group on one socket; 100 packets or 0.2 s a batch, so that a case fits one datagram."""

    def __init__(self, group, threshold=100, copy_range=65531):
        self.group = group
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 4 << 20)
        self.socket.bind((0, 0))
        body = struct.pack("!BBH", 0, 0, group)
        body += attribute(1, b"\1")
        body += attribute(2, struct.pack("!IBx", copy_range, 2))
        body += attribute(3, struct.pack("!I", 130752))
        body += attribute(4, struct.pack("!I", 20))
        body += attribute(5, struct.pack("!I", threshold))
        body += attribute(6, struct.pack("!H", 1))
        self.socket.send(struct.pack("=IHHII", 16 + len(body), 0x0401, 5, 1, 0) + body)
        answer = self.socket.recv(4096)
        assert struct.unpack_from("=i", answer, 16)[0] == 0, answer
        self.socket.settimeout(0.6)

    def read(self):
        datagrams = []
        try:
            while True:
                datagrams.append(self.socket.recv(1 << 20))
        except TimeoutError:
            return datagrams


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def send(version, payloads, to=None, mark=None, uid=None, gid=None):
    """Sends UDP datagrams from one socket, as another user where one is named."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    to = to or ("127.0.0.1" if version == 4 else "::1")
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0
        return
    out = socket.socket(family, socket.SOCK_DGRAM)
    if mark is not None:
        out.setsockopt(socket.SOL_SOCKET, 36, struct.pack("=I", mark))
    if gid is not None:
        os.setgid(gid)
    if uid is not None:
        os.setuid(uid)
    # A socket's owner is who opened it.
    if uid is not None:
        mine = socket.socket(family, socket.SOCK_DGRAM)
        out.close()
        out = mine
    out.bind(("", SPORT))
    for payload in payloads:
        out.sendto(payload, (to, DPORT))
    os._exit(0)


def send_frames(device, frames):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind((device, 0))
        for frame in frames:
            out.send(frame)


def ethernet(ethertype, data, vlan=None):
    head = bytes.fromhex((MAC1 + MAC0).replace(":", ""))
    if vlan is not None:
        head += struct.pack("!HH", 0x8100, vlan)
    return head + struct.pack("!H", ethertype) + data


def ipv4(payload, source="10.1.0.1", to="10.1.0.2"):
    udp = struct.pack("!HHHH", SPORT, DPORT, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 7, 0, 64, 17, 0, socket.inet_aton(source), socket.inet_aton(to))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp


CASES = {}


def record(name, rules, action, expected, group, **options):
    """Loads the rules, listens, acts, and stores what was logged beside what is expected of it."""
    sh("nft -f -", rules)
    reader = Reader(group, **options)
    before = time.time()
    action()
    datagrams = reader.read()
    after = time.time()
    with open(f"{name}.nl", "wb") as file:
        for datagram in datagrams:
            file.write(struct.pack("<I", len(datagram)) + datagram)
    sh("nft flush ruleset")
    names = {index: name for index, name in socket.if_nameindex()}
    CASES[name] = {"group": group, "before": before, "after": after, "datagrams": len(datagrams), "interfaces": names, "packets": expected}
    print(name, len(datagrams), [len(d) for d in datagrams])


def inet(*chains):
    lines = []
    for index, (hook, rule) in enumerate(chains):
        lines.append(f"  chain c{index} {{ type filter hook {hook} priority 0; udp dport {DPORT} {rule}; }}")
    return "table inet t {\n" + "\n".join(lines) + "\n}\n"


def payload_of(size, first):
    return bytes((first + at * 7) & 0xFF for at in range(size))


def udp_packets(version, sizes, **more):
    return [{"version": version, "payload": payload_of(size, first).hex(), **more} for first, size in enumerate(sizes)]


def loopback(name, rules, version, sizes, group, expected=None, sender=None, **options):
    payloads = [payload_of(size, first) for first, size in enumerate(sizes)]
    record(name, rules, lambda: send(version, payloads, **(sender or {})), expected, group, **options)


sh("ip link set lo up")
sh(f"ip link add port0 address {MAC0} type veth peer name port1 address {MAC1}")
sh("ip link add bridge0 type bridge && ip link set port1 master bridge0")
for device in ("port0", "port1", "bridge0"):
    sh(f"ip link set {device} up")
sh("ip address add 10.1.0.1/24 dev port0 && sysctl -qw net.ipv6.conf.all.disable_ipv6=0")
sh(f"ip neighbour replace 10.1.0.2 lladdr {MAC1} dev port0")
time.sleep(2)

IN = dict(hook=1, input="lo", kernelTime=True)
OUT = dict(hook=3, output="lo", kernelTime=False)
loopback("lone_ipv4", inet(("input", 'log group 5 prefix "in: "')), 4, [13], 5, udp_packets(4, [13], prefix="in: ", **IN))
sizes = [0, 1, 2, 3, 4, 255, 256, 257, 1400]
loopback("batch_ipv4", inet(("input", "log group 5")), 4, sizes, 5, udp_packets(4, sizes, **IN))
loopback("batch_ipv6", inet(("input", "log group 65535")), 6, sizes, 65535, udp_packets(6, sizes, **IN))
loopback("output_owner", inet(("output", 'meta mark set 0xbeef log group 6 prefix "out"')), 6, [40, 41], 6,
         udp_packets(6, [40, 41], prefix="out", mark=0xBEEF, uid=1000, gid=100, **OUT), sender=dict(uid=1000, gid=100))
loopback("root_owner", inet(("output", "log group 6")), 4, [40], 6, udp_packets(4, [40], uid=0, gid=0, **OUT))
loopback("marked", inet(("input", "log group 6")), 4, [40], 6, udp_packets(4, [40], mark=0xDEADBEEF, **IN), sender=dict(mark=0xDEADBEEF))
prefix = "".join("abcdefghijklmnopqrstuvwxyz 0123456789:-_/"[at % 41] for at in range(126)) + "."
loopback("long_prefix", inet(("input", f'log group 7 prefix "{prefix}"')), 4, [9, 10], 7, udp_packets(4, [9, 10], prefix=prefix, **IN))
loopback("snaplen_ipv4", inet(("input", "log group 5 snaplen 64")), 4, [500, 36, 35], 5, udp_packets(4, [500, 36, 35], snaplen=64, **IN))
loopback("snaplen_ipv6", inet(("input", "log group 5")), 6, [500, 20], 5, udp_packets(6, [500, 20], snaplen=50, **IN), copy_range=50)
loopback("largest", inet(("input", "log group 5")), 4, [65507], 5, udp_packets(4, [65507], snaplen=65531, **IN))
both = inet(("output", 'log group 5 prefix "o"'), ("input", 'log group 5 prefix "i"'))
pairs = [packet for one in udp_packets(4, [20, 30, 40])
         for packet in ({**one, **OUT, "prefix": "o", "uid": 0, "gid": 0}, {**one, **IN, "prefix": "i"})]
loopback("alternating", both, 4, [20, 30, 40], 5, pairs)

link = [ipv4(payload_of(size, 0)) for size in (20, 33)]
frames = [ethernet(0x0800, data) for data in link]
wire = [{"ethertype": 0x0800, "data": data.hex()} for data in link]
egress = "table netdev n {\n  chain e { type filter hook egress device port0 priority 0; ether type ip log group 8 prefix \"egress\"\n }\n}\n"
record("netdev_egress", egress, lambda: send_frames("port0", frames),
       [{**one, "family": 5, "hook": 1, "output": "port0", "prefix": "egress", "uid": 0, "gid": 0, "kernelTime": True} for one in wire], 8)
ingress = "table netdev n {\n  chain i { type filter hook ingress device port1 priority 0; log group 8\n }\n}\n"
arp = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, b"\2\0\0\0\0\1", b"\x0a\1\0\1", b"\0" * 6, b"\x0a\1\0\2")
tagged = frames[:1] + [ethernet(0x0800, link[1], vlan=(3 << 13) | 7), ethernet(0x0806, arp)]
seen = wire + [{"ethertype": 0x0806, "data": arp.hex()}]
record("netdev_ingress", ingress, lambda: send_frames("port0", tagged),
       [{**one, "family": 5, "hook": 0, "input": "port1", "kernelTime": True} for one in seen], 8)
bridge = "table bridge b {\n  chain i { type filter hook prerouting priority 0; log group 9 prefix \"br\"\n }\n}\n"
record("bridge", bridge, lambda: send_frames("port0", tagged),
       [{**one, "family": 7, "hook": 0, "input": "bridge0", "physicalInput": "port1", "prefix": "br", "kernelTime": True} for one in seen], 9)

with open("packets.json", "w") as file:
    json.dump(CASES, file, indent=1)
    file.write("\n")
