#!/usr/bin/env python3
"""Makes the files that scapy writes, and packets.json, which says what is in them. Run by make.sh."""
import json
from scapy.all import (ARP, LLC, STP, UDP, TCP, IP, Dot1Q, Dot1AD, Dot3, Ether, ICMPv6EchoRequest, IPv6, Raw)
from scapy.utils import RawPcapWriter

MACS = dict(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
V4 = IP(src="192.0.2.1", dst="198.51.100.2", id=7) / UDP(sport=40000, dport=53) / Raw(b"query")
V6 = IPv6(src="2001:db8::1", dst="2001:db8::2") / TCP(sport=443, dport=50000, flags="SA", seq=1, ack=2)
PING = IPv6(src="2001:db8::1", dst="2001:db8::2") / ICMPv6EchoRequest(id=1, seq=2, data=b"ping")
NETWORK = [(0x0800, V4), (0x86DD, V6), (0x0800, V4), (0x86DD, PING), (0x0806, ARP(psrc="192.0.2.1", pdst="192.0.2.2")),
           (0x0004, LLC() / STP())]
FRAMES = [Ether(**MACS) / V4, Ether(**MACS) / V6, Ether(**MACS) / Dot1Q(vlan=5, prio=3) / V4,
          Ether(**MACS) / Dot1AD(vlan=100) / Dot1Q(vlan=7) / PING, Ether(**MACS) / NETWORK[4][1], Dot3(**MACS) / NETWORK[5][1]]
TIMES = [(1700000000 + n, 123456789 + n * 100000001) for n in range(len(FRAMES))]


def write(name, packets, linktype, endianness="<", nano=False):
    writer = RawPcapWriter(name, linktype=linktype, endianness=endianness, nano=nano, snaplen=262144)
    writer.write_header(None)
    for (seconds, nanoseconds), packet in packets:
        writer.write_packet(bytes(packet), sec=seconds, usec=nanoseconds if nano else nanoseconds // 1000)
    writer.close()


frames = list(zip(TIMES, FRAMES))
write("scapy_ethernet_be_us.pcap", frames, 1, ">")
write("scapy_ethernet_be_ns.pcap", frames, 1, ">", True)
write("scapy_ethernet_le_ns.pcap", frames, 1, "<", True)
ip = [(time, packet) for time, (_, packet) in zip(TIMES, NETWORK)][:4]
write("scapy_raw_101.pcap", ip, 101)
write("scapy_raw_12.pcap", ip, 12)
write("scapy_ipv4_228.pcap", [ip[0], ip[2]], 228)
write("scapy_ipv6_229.pcap", [ip[1], ip[3]], 229)
with open("packets.json", "w") as file:
    json.dump([dict(seconds=seconds, nanoseconds=nanoseconds, protocol=protocol, data=bytes(packet).hex())
               for (seconds, nanoseconds), (protocol, packet) in zip(TIMES, NETWORK)], file, indent=2)
    file.write("\n")
