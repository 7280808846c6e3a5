#!/bin/sh
# Records what libnetfilter_log itself sends, call by call, as lines of hexadecimal: needs root, strace and Python 3.
set -eu
cd "$(dirname "$0")"
program=$(mktemp)
trap 'rm -f "$program" "$program.trace"' EXIT
cat >"$program" <<'PYTHON'
import ctypes
from ctypes import c_int, c_uint, c_void_p
nflog = ctypes.CDLL("libnetfilter_log.so.1")
nflog.nflog_open.restype = nflog.nflog_bind_group.restype = c_void_p
handle = c_void_p(nflog.nflog_open())
group = c_void_p(nflog.nflog_bind_group(handle, 0x1234))
assert group
assert nflog.nflog_set_mode(group, 2, 65531) >= 0
assert nflog.nflog_set_nlbufsiz(group, 130752) >= 0
assert nflog.nflog_set_timeout(group, 7) >= 0
assert nflog.nflog_set_qthresh(group, 1000) >= 0
assert nflog.nflog_set_flags(group, 1) >= 0
assert nflog.nflog_unbind_group(group) >= 0
PYTHON
unshare -n strace -qq -e trace=sendto -e signal=none -e write=all -o "$program.trace" python3 "$program"
# strace's dump of each message, " | 00000  1c 00 00 00 ...  ascii |", becomes one line of hexadecimal.
awk '/^sendto/ { if (line) print line; line = "" }
  /^ \| / { hex = substr($0, 11, 49); gsub(/[^0-9a-f]/, "", hex); line = line hex }
  END { print line }' "$program.trace" >config.hex
