#!/usr/bin/env bash
# Brings in what the programs, the tests and the demo need: system parts, Deno and the npm packages.
# Installs system parts when it is root on Debian or Ubuntu, and otherwise says what to run.
# Never touches the firewall. Says nothing when nothing is missing.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Users other than root often lack these, and the firewall tools live there.
PATH=$PATH:/usr/sbin:/sbin

# What is looked for: a command, a library by its file name, or python3: and one of its modules | Debian, Ubuntu | Fedora | Arch | Alpine | what for
parts="
libnetfilter_log.so.1 | libnetfilter-log1 | libnetfilter_log | libnetfilter_log | libnetfilter_log | capture
nft                   | nftables          | nftables         | nftables         | nftables         | rules
iptables              | iptables          | iptables-nft     | iptables-nft     | iptables         | rules
ip                    | iproute2          | iproute          | iproute2         | iproute2         | namespaces
unshare               | util-linux        | util-linux       | util-linux       | util-linux       | namespaces
tcpdump               | tcpdump           | tcpdump          | tcpdump          | tcpdump          | demo, tests
tshark                | tshark            | wireshark-cli    | wireshark-cli    | tshark           | tests
ping                  | iputils-ping      | iputils          | iputils          | iputils-ping     | demo, tests
socat                 | socat             | socat            | socat            | socat            | tests, bench
python3               | python3           | python3          | python           | python3          | bench
python3:zmq           | python3-zmq       | python3-zmq      | python-pyzmq     | py3-pyzmq        | tests
python3:scapy         | python3-scapy     | python3-scapy    | scapy            | scapy            | tests
faketime              | faketime          | libfaketime      | libfaketime      | libfaketime      | faults
chromium              | chromium          | chromium         | chromium         | chromium         | tests
"

# Judges Debian packages, so it has no namesakes elsewhere; a hundred packages come with it, so it is for the project's own runs.
if [[ ${CI:-} == true ]] && command -v apt-get >/dev/null; then
  parts+="lintian | lintian | | | | tests"
fi

# Ubuntu has Chromium as a snap only, which none of the namespaces that tests make can run: tests of the page are left out.
if grep -qx 'ID=ubuntu' /etc/os-release 2>/dev/null; then
  parts=$(grep -v '^chromium ' <<<"$parts")
fi

# Tells whether the command, library or module $1 is there.
present() {
  case $1 in
    *.so.*) ldconfig -p 2>/dev/null | grep -qF "$1" || compgen -G "/usr/lib*/$1" >/dev/null ||
      compgen -G "/usr/lib/*-linux-*/$1" >/dev/null ;;
    # The system's own Python may not be the first on PATH, and the packages bring the module for no other.
    python3:*) /usr/bin/python3 -c "import ${1#*:}" 2>/dev/null || python3 -c "import ${1#*:}" 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# Prints the packages of column $1 for whatever is missing.
missing_packages() {
  local what line
  while IFS= read -r line; do
    [[ -n $line ]] || continue
    read -r what _ <<<"$line"
    present "$what" || cut -d '|' -f "$1" <<<"$line" | tr -d ' '
  done <<<"$parts" | sort -u | paste -sd ' '
}

# Runs apt-get quietly; shows what it said when it fails.
apt() {
  local log
  log=$(mktemp)
  if ! DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    echo "scripts/setup.sh: apt-get $* failed; see the lines above" >&2
    return 1
  fi
  rm -f "$log"
}

# Installs the Debian packages "$@", or says how.
install_on_debian() {
  if [[ $(id -u) -ne 0 ]]; then
    echo "scripts/setup.sh: missing parts; run: sudo apt-get update && sudo apt-get install -y --no-install-recommends $*" >&2
    return 1
  fi
  echo "scripts/setup.sh: installing $*" >&2
  apt update
  apt install -y --no-install-recommends "$@"
}

# Says what to run on a system whose package manager is not apt-get.
name_packages() {
  local id packages
  id=$(sed -n 's/^ID\(_LIKE\)\{0,1\}=//p' /etc/os-release 2>/dev/null | tr -d '"' | paste -sd ' ')
  case " $id " in
    *" fedora "* | *" rhel "*) packages="sudo dnf install $(missing_packages 3)" ;;
    *" arch "*) packages="sudo pacman -S $(missing_packages 4)" ;;
    *" alpine "*) packages="sudo apk add $(missing_packages 5)" ;;
    *) packages="the packages that Debian calls $(missing_packages 2)" ;;
  esac
  echo "scripts/setup.sh: missing parts; install them with: $packages" >&2
  return 1
}

missing=$(missing_packages 2)
# scripts/deno can fetch Deno with npm, or with curl and unzip.
if ! command -v deno >/dev/null && ! command -v npm >/dev/null && [[ ! -x $top/.tools/deno ]]; then
  for tool in curl unzip; do
    command -v "$tool" >/dev/null || missing+=" $tool"
  done
  [[ -d /etc/ssl/certs ]] || missing+=" ca-certificates"
fi
if [[ -n ${missing// /} ]]; then
  if command -v apt-get >/dev/null; then
    # shellcheck disable=SC2086 # a list of names
    install_on_debian $missing
  else
    name_packages
  fi
fi

# Brings in Suricata, a judge of captures. Debian 12 has it among its backports only, which are added from the mirror
# that is in use.
install_suricata() {
  local codename list=/etc/apt/sources.list.d
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  if ! apt-cache policy suricata | grep -q 'Candidate: [0-9]'; then
    [[ -f $list/debian.sources ]] || return 1
    awk 'BEGIN { RS = ""; ORS = "\n" } NR == 1' "$list/debian.sources" |
      sed "s/^Suites:.*/Suites: $codename-backports/" >"$list/$codename-backports.sources"
    apt update || return 1
  fi
  apt install -y --no-install-recommends -t "$codename-backports" suricata ||
    apt install -y --no-install-recommends suricata
}

# Only in the project's own runs: it adds a source of packages.
if [[ ${CI:-} == true && $(id -u) -eq 0 ]] && command -v apt-get >/dev/null && ! command -v suricata >/dev/null; then
  echo "scripts/setup.sh: installing suricata" >&2
  install_suricata || echo "scripts/setup.sh: no Suricata to be had; the tests that ask it are left out" >&2
fi

# The packages that deno.lock names, no others; `deno run` would fetch them on first use, but libzmq is opened as a
# file of node_modules/, not imported.
cd "$top"
"$top/scripts/deno" --version >/dev/null
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "$top/scripts/deno" install --frozen --quiet >"$log" 2>&1; then
  cat "$log" >&2
  echo "scripts/setup.sh: Deno could not install the npm packages; see the lines above" >&2
  exit 1
fi
