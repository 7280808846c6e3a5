#!/usr/bin/env bash
# Runs inside of systemd_machine.sh, when the units are ready: prints what systemd knows of them, sends packets, lets one hang, and stops them.
set -euo pipefail
show() { echo "$1 $2 $(systemctl show -P "$2" "$1@x.service")"; }

nft -f - <<<'table inet t { chain c { type filter hook input priority 0; udp dport 9999 log group 5 drop; }; }'
for unit in nflog-zmq-send nflog-zmq-compress nflog-pcap-recv; do
  for property in ActiveState StatusText User; do show "$unit" "$property"; done
done
grep '^CapEff' "/proc/$(systemctl show -P MainPID nflog-zmq-send@x.service)/status"

tcpdump -nr /run/nflog-zmq/ids.pcap -c 20 -w /mnt/out.pcap &
for ((i = 0; i < 20; i++)); do echo "packet $i" >/dev/udp/127.0.0.1/9999; done
wait "$!"

# A program that hangs gives no sign of life and is started again.
hanging=$(systemctl show -P MainPID nflog-zmq-compress@x.service)
kill -STOP "$hanging"
tail --pid="$hanging" -f /dev/null
systemctl start nflog-zmq-compress@x.service
show nflog-zmq-compress NRestarts

# tshark finds the package's program where it looks for what to capture from.
tshark -D 2>/dev/null | sed -n 's/^[0-9]*\. \(nflog-\)/\1/p'
nft add rule inet t c udp dport 9998 log group 6 drop
tshark -Qi nflog-local -o extcap.nflog_local.groups:6 -c 1 -T fields -e udp.length 2>/mnt/tshark.err >/mnt/tshark.out &
capturing=$!
while kill -0 "$capturing" 2>/dev/null; do
  echo -n "for Wireshark" >/dev/udp/127.0.0.1/9998
  sleep 0.1
done
echo "tshark: $(cat /mnt/tshark.out)"

for unit in nflog-zmq-send nflog-zmq-compress nflog-pcap-recv; do
  systemctl stop "$unit@x.service"
  show "$unit" Result
  show "$unit" ExecMainStatus
done
