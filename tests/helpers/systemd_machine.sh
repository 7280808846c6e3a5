#!/usr/bin/env bash
# systemd_machine.sh PACKAGE PROBE RESULTS : starts this machine's own systemd as the first process of namespaces of its own, with nothing but the units of a
# Debian package, and runs PROBE there when they are ready. PROBE finds the folder RESULTS as /mnt. The machine itself stays as it is: changes go to memory.
set -euo pipefail
package=$1 probe=$2 results=$3

if [[ -z ${INSIDE:-} ]]; then
  # systemd wants a tree of control groups for itself.
  group=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/nflog-test-$$
  mkdir "$group"
  trap 'find "$group" -depth -type d -exec rmdir {} +' EXIT
  (
    echo "$BASHPID" >"$group/cgroup.procs"
    INSIDE=1 exec unshare --mount --pid --net --ipc --uts --cgroup --fork --kill-child bash "$0" "$@"
  )
  exit
fi

mount --make-rprivate /
work=/mnt
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root" "$work/package"
dpkg-deb -x "$package" "$work/package"
root=$work/root
mount -t overlay overlay -o "lowerdir=$work/package:/,upperdir=$work/upper,workdir=$work/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root/mnt"
mount --bind "$results" "$root/mnt"
cp "$probe" "$root/tmp/probe.sh"
ip link set lo up

# None of this machine's own services.
rm -rf "$root"/usr/lib/systemd/system/*.wants "$root"/etc/systemd/system/*
chroot "$root" systemd-sysusers nflog-zmq.conf
chroot "$root" systemd-tmpfiles --create nflog-zmq.conf
units=(nflog-zmq-send@x.service nflog-zmq-compress@x.service nflog-pcap-recv@x.service)
echo 'OPTIONS="--sensor \"a gateway\" 5 tcp://127.0.0.1:5556"' >"$root/etc/nflog-zmq/send-x.conf"
echo 'OPTIONS="tcp://127.0.0.1:5556 tcp://127.0.0.1:5555"' >"$root/etc/nflog-zmq/compress-x.conf"
echo 'OPTIONS="tcp://127.0.0.1:5555 /run/nflog-zmq/ids.pcap"' >"$root/etc/nflog-zmq/recv-x.conf"
for unit in "${units[@]}"; do
  mkdir -p "$root/etc/systemd/system/$unit.d"
  printf '[Service]\nStandardError=file:/mnt/%s.log\nWatchdogSec=4\nTimeoutStartSec=20\n' "$unit" >"$root/etc/systemd/system/$unit.d/test.conf"
done
cat >"$root/etc/systemd/system/test.target" <<END
[Unit]
DefaultDependencies=no
Wants=${units[*]} probe.service
END
cat >"$root/etc/systemd/system/probe.service" <<END
[Unit]
DefaultDependencies=no
After=${units[*]}
[Service]
Type=oneshot
TimeoutStartSec=30
ExecStart=/bin/bash /tmp/probe.sh
ExecStopPost=/bin/systemctl exit 0
StandardOutput=file:/mnt/probe.out
StandardError=file:/mnt/probe.err
END
exec chroot "$root" env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --log-target=null --unit=test.target
