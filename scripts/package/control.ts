import type { VersionFacts } from "../../lib/cli/version.ts";
import type { Target } from "../build/target.ts";

/** Name of the package. */
export const PACKAGE = "nflog-zmq-pcap-pipe";

/** Who answers for the package. */
export const MAINTAINER =
  `The ${PACKAGE} authors <${PACKAGE}@users.noreply.github.com>`;

/** What the executable is linked with, and what the sender loads; the versions are those whose symbols are asked for. */
const DEPENDS = [
  "libc6 (>= 2.27)",
  "libgcc-s1 | libgcc1",
  "libstdc++6 (>= 7)",
  "libnetfilter-log1",
];

/**
 * Writes the control file of a package.
 *
 * @param origin What is packed.
 * @param target What it is for.
 * @param size What it takes when installed, in KiB.
 * @returns The file.
 */
export function formatControl(
  origin: VersionFacts,
  { debian, size }: Pick<Target, "debian"> & { size: number },
): string {
  return `Package: ${PACKAGE}
Version: ${origin.number}
Architecture: ${debian}
Maintainer: ${MAINTAINER}
Installed-Size: ${size}
Depends: ${DEPENDS.join(", ")}
Recommends: libpcap0.8
Section: net
Priority: optional
Description: packets that the firewall logs, over ZeroMQ to an IDS
 Firewall rules on a gateway pick out packets (nftables log group, iptables
 NFLOG); this carries them over ZeroMQ to an analysis host, where they come
 out as an ordinary pcap stream for Snort, Suricata, Zeek, Wireshark or
 tcpdump.
 .
 All programs are here: the sender, the receiver, relays that compress and
 keep a rate, a query for the packets from before an alert, a dump of what
 the firewall logs on this host, and interfaces for Wireshark to capture from.
`;
}
