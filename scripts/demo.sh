#!/usr/bin/env bash
# Shows the whole pipe at work in a network namespace of its own, which nothing outside can see and which is gone
# when the demo ends: a firewall rule picks out packets, nflog-zmq-send takes them from the kernel, ZeroMQ carries
# them, nflog-pcap-recv writes them into a FIFO, tcpdump reads that. Exit 0 if tcpdump printed all of them.
# Where this user may not make a namespace, a capture file is replayed through the same pipe instead.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
export PATH=$PATH:/usr/sbin:/sbin NO_COLOR=1
group=5
pings=5
datagrams=5
capture=tests/testdata/pcap/tcpdump_nflog_5.pcap

say() { printf '\n== %s\n' "$*"; }
show() { printf '   $ %s\n' "$*"; }

# The demo starts itself again inside a new namespace; $1 tells which side this is.
if [[ ${1:-} != --inside ]]; then
  scripts/setup.sh
  flags=-rn
  [[ $(id -u) -ne 0 ]] || flags=-n
  if reason=$(unshare "$flags" sh -c "ip link set lo up && nft add table inet probe" 2>&1); then
    exec unshare "$flags" "$0" --inside live "$flags"
  else
    echo "No network namespace can be made here (${reason%%$'\n'*}): replaying $capture instead."
    exec "$0" --inside replay
  fi
fi
mode=$2
# In the namespace of a plain user, tcpdump finds itself root and fails to become somebody else: there is nobody else.
as_nobody=()
[[ ${3:-} != -rn ]] || as_nobody=(unshare --user --map-user=1 --map-group=1)

work=$(mktemp -d)
fifo=$work/packets.pcap
endpoint=tcp://127.0.0.1:$(shuf -i 20000-60000 -n 1)
pids=()

# Ends what the demo started, by process id, and nothing else.
clean_up() {
  local pid
  for pid in "${pids[@]}"; do
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# Starts a program of the project, $1 its permission set, and keeps what it says; sets `pid`.
start() {
  local name=$1 file=$2
  shift 2
  scripts/deno run --quiet --no-prompt --cached-only "-P=$name" "$file" "$@" 2>"$work/$name.log" &
  pid=$!
  pids+=("$pid")
}

all_run() {
  local pid
  for pid in "${pids[@]}"; do kill -0 "$pid" 2>/dev/null || return 1; done
}

# Waits until the command "$@" succeeds; gives up after 10 s, or when a program has ended, and shows what was said.
wait_until() {
  local deadline=$((SECONDS + 10))
  until "$@"; do
    if ((SECONDS >= deadline)) || ! all_run; then
      printf '\n== Failed: waited in vain for "%s". This is what the programs said:\n' "$*"
      cat "$work"/*.log
      exit 1
    fi
    sleep 0.1
  done
}
sender_ready() { grep -q ' Sending ' "$work/send.log"; }
printed() { (($(wc -l <"$work/printed") >= expected)); }

# Tells a program to stop as an operator would, waits for its end and shows the totals that it printed.
stop() {
  local name=$1 pid=$2
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid" || true
  tail -n 1 "$work/$name.log" | sed 's/^/   /'
}

if [[ $mode == live ]]; then
  ip link set lo up
  say "A firewall rule: pings and UDP to port 9999 go to NFLOG group $group"
  rules="add table inet demo
add chain inet demo in { type filter hook input priority 0; }
add rule inet demo in icmp type { echo-request, echo-reply } log group $group
add rule inet demo in udp dport 9999 log group $group"
  printf '   %s\n' "${rules//$'\n'/$'\n'   }"
  nft -f - <<<"$rules"
  source=$group
  expected=$((2 * pings + datagrams))
else
  source=pcap:$capture
  expected=$(tcpdump -nr "$capture" 2>/dev/null | wc -l)
fi

say "On the analysis host: the receiver, which writes into a FIFO, and tcpdump, which reads it"
mkfifo "$fifo"
show "nflog-pcap-recv $endpoint packets.pcap"
start recv cmd/nflog_pcap_recv.ts "$endpoint" "$fifo"
receiver=$pid
show "tcpdump -lnr packets.pcap"
: >"$work/printed"
"${as_nobody[@]}" tcpdump -lnr "$fifo" >"$work/printed" 2>"$work/tcpdump.log" &
reader=$!
pids+=("$reader")

say "On the gateway: the sender"
show "nflog-zmq-send $source $endpoint"
start send cmd/nflog_zmq_send.ts "$source" "$endpoint"
sender=$pid

if [[ $mode == live ]]; then
  wait_until sender_ready
  say "Traffic: $pings pings and $datagrams UDP datagrams"
  show "ping -c $pings 127.0.0.1"
  ping -q -n -c "$pings" -i 0.2 127.0.0.1 >/dev/null
  for ((i = 1; i <= datagrams; i++)); do echo "datagram $i" >/dev/udp/127.0.0.1/9999; done
fi

say "What tcpdump printed"
wait_until printed
sed 's/^/   /' "$work/printed"

say "The totals of both"
stop send "$sender"
stop recv "$receiver"
wait "$reader" || true
pids=()

count=$(wc -l <"$work/printed")
say "tcpdump printed $count of $expected packets"
((count == expected))
