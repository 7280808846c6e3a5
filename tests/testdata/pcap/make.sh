#!/bin/sh
# Makes every file in this folder again; see README.md. Needs root (for the namespace that the NFLOG captures are taken in).
set -eu
cd "$(dirname "$0")"
/usr/bin/python3 make.py
/usr/bin/python3 make_dissect.py
/usr/bin/python3 make_pcapng.py
tcpdump -nStr scapy_dissect.pcap >tcpdump_dissect.txt
# Other writers than scapy: tcpdump, editcap and mergecap rewrite its files.
editcap -F pcap scapy_ethernet_be_us.pcap editcap_ethernet_us.pcap
editcap -F nsecpcap scapy_ethernet_be_ns.pcap editcap_ethernet_ns.pcap
tcpdump -q -r scapy_ethernet_be_ns.pcap -w tcpdump_ethernet_us.pcap
tcpdump -q --nano -r scapy_ethernet_be_ns.pcap -w tcpdump_ethernet_ns.pcap
editcap -F pcap -s 40 scapy_ethernet_be_us.pcap editcap_snaplen_40.pcap
editcap -F pcap -r scapy_ethernet_be_us.pcap odd.tmp 1 3 5
editcap -F pcap -r scapy_ethernet_be_us.pcap even.tmp 2 4 6
mergecap -F pcap -w mergecap_ethernet_us.pcap odd.tmp even.tmp
editcap -F pcapng scapy_ethernet_be_ns.pcap editcap_ethernet.pcapng
mergecap -F pcapng -w mergecap_two.pcapng odd.tmp scapy_raw_101.pcap
rm odd.tmp even.tmp
# Live captures: the kernel's own NFLOG messages as tcpdump writes them, and the pseudo-device "any".
unshare -n sh -eu <<'NAMESPACE'
ip link set lo up
iptables -A INPUT -p udp --dport 4000:4999 -j NFLOG --nflog-group 5 --nflog-prefix "to 4000"
iptables -A OUTPUT -p udp --dport 4000:4999 -j NFLOG --nflog-group 5 --nflog-prefix "from here"
ip6tables -t mangle -A PREROUTING -p udp --dport 4000:4999 -j MARK --set-mark 0xbeef
ip6tables -A INPUT -p udp --dport 4000:4999 -j NFLOG --nflog-group 6 --nflog-size 50
capture() { # FILE COUNT tcpdump-options...
  file=$1 count=$2; shift 2
  tcpdump -q --immediate-mode -c "$count" -w "$file" "$@" 2>ready.tmp & pid=$!
  until grep -q listening ready.tmp; do sleep 0.05; done
  python3 -c '
import socket
for port in range(4000, 4004):
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        socket.socket(family, socket.SOCK_DGRAM).sendto(b"packet to %d" % port, (host, port))
'
  wait $pid
  rm ready.tmp
}
capture tcpdump_nflog_5.pcap 8 -i nflog:5
capture tcpdump_nflog_6.pcap 4 -i nflog:6
capture tcpdump_sll.pcap 4 -i any -y LINUX_SLL udp
capture tcpdump_sll2.pcap 4 -i any -y LINUX_SLL2 udp
NAMESPACE
