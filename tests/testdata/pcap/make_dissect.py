#!/usr/bin/env python3
"""Makes scapy_dissect.pcap: packets of many kinds, for the reader of headers. Run by make.sh."""
from scapy.all import (ICMP, IP, TCP, UDP, ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ND_NA,
                       ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6TimeExceeded, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                       IPv6ExtHdrHopByHop, IPOption_Router_Alert, Raw, fragment)
from scapy.utils import RawPcapWriter

V4 = IP(src="192.0.2.1", dst="198.51.100.2", id=7)
V6 = IPv6(src="2001:db8::1", dst="2001:db8:0:1:1:1:1:2")
BASE = dict(sport=49152, dport=61000, seq=1000, ack=2000, window=512)
DATA = Raw(b"x" * 100)
INNER = IP(src="198.51.100.2", dst="192.0.2.1") / UDP(sport=61000, dport=61001) / Raw(b"lost")
INNER6 = IPv6(src="2001:db8::2", dst="2001:db8::1") / UDP(sport=61000, dport=61001) / Raw(b"lost")
PACKETS = [
    V4 / TCP(**BASE, flags="S", options=[("MSS", 1460), ("SAckOK", b""), ("Timestamp", (5, 0)), ("NOP", None), ("WScale", 7)]),
    V4 / TCP(**BASE, flags="SA"), V4 / TCP(**BASE, flags="A"), V4 / TCP(**BASE, flags="PA") / DATA, V4 / TCP(**BASE, flags="R"),
    V4 / TCP(**BASE, flags="FA"), V4 / TCP(**BASE, flags=""), V4 / TCP(**{**BASE, "seq": 0xFFFFFFF0}, flags="FPU", urgptr=9) / DATA,
    V4 / TCP(**BASE, flags="SEC"), V4 / TCP(**BASE, flags="A", options=[("NOP", None), ("NOP", None), ("SAck", (1, 2, 3, 4))]),
    IP(src="192.0.2.1", dst="198.51.100.2", options=IPOption_Router_Alert()) / UDP(sport=40000, dport=61000) / DATA,
    V4 / UDP(sport=40000, dport=61000) / DATA,
    V4 / UDP(sport=40000, dport=61000),
    V4 / ICMP(type=8, id=1, seq=2) / DATA, V4 / ICMP(type=0, id=1, seq=2) / DATA, V4 / ICMP(type=3, code=3) / INNER,
    V4 / ICMP(type=3, code=1) / INNER, V4 / ICMP(type=3, code=0) / INNER, V4 / ICMP(type=3, code=4, nexthopmtu=1400) / INNER,
    V4 / ICMP(type=11, code=0) / INNER,
    *fragment(V4 / UDP(sport=40000, dport=61000) / Raw(b"y" * 300), 160),
    V6 / TCP(**BASE, flags="S"), V6 / UDP(sport=40000, dport=61000) / DATA,
    V6 / IPv6ExtHdrHopByHop() / UDP(sport=40000, dport=61000) / DATA,
    V6 / IPv6ExtHdrDestOpt() / TCP(**BASE, flags="A"),
    V6 / IPv6ExtHdrFragment(id=9, offset=0, m=1) / UDP(sport=40000, dport=61000, len=508) / DATA,
    V6 / IPv6ExtHdrFragment(id=9, offset=13, m=0, nh=17) / DATA,
    V6 / ICMPv6EchoRequest(id=1, seq=2, data=b"ping"), V6 / ICMPv6EchoReply(id=1, seq=2, data=b"ping"),
    V6 / ICMPv6ND_NS(tgt="fe80::1"), V6 / ICMPv6ND_NA(tgt="fe80::1"), V6 / ICMPv6ND_RA(), V6 / ICMPv6DestUnreach(code=4) / INNER6,
    V6 / ICMPv6TimeExceeded() / INNER6,
]

writer = RawPcapWriter("scapy_dissect.pcap", linktype=101, endianness="<", snaplen=262144)
writer.write_header(None)
for number, packet in enumerate(PACKETS):
    writer.write_packet(bytes(packet), sec=1700000000 + number, usec=0)
writer.close()
