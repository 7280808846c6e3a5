import type { BatchPacket } from "../batch_packets.ts";
import {
  dissect,
  type DissectedPacket,
  formatSummary,
  formatTcpFlags,
} from "../dissect/mod.ts";
import type { PacketContext } from "../packet.ts";
import { sanitizeText } from "../pcapng/mod.ts";
import { hookName } from "./hook_name.ts";

/** Characters that JSON leaves as they are, and that could still act on a terminal. */
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Writes a packet as one JSON object: `time` (RFC 3339, to the nanosecond), `time_source`, `group`, `prefix`, `hook`, `in`, `out`, `phys_in`,
 * `phys_out`, `mark`, `uid`, `gid`, `length`, `captured`, `lost_before`, and of what the headers say `ip_version`, `src`, `dst`, `protocol`,
 * `sport`, `dport`, `flags`, `icmp_type`, `icmp_code`, `summary`. What is not known is left out.
 *
 * @param packet The packet.
 * @returns The object, on one line of harmless characters, without a line break.
 */
export function formatPacketJson(packet: BatchPacket): string {
  const { context, data, originalLength, lostBefore } = packet;
  const dissected = dissect(data, context.protocol);
  const object = {
    time: formatTime(packet),
    time_source: context.timeSource,
    group: context.group,
    ...describeContext(context),
    length: originalLength,
    captured: data.length,
    ...(lostBefore > 0 && { lost_before: lostBefore }),
    ...describeHeaders(dissected),
    summary: sanitizeText(formatSummary(dissected)),
  };
  return JSON.stringify(object).replace(
    UNSAFE,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function formatTime({ seconds, nanoseconds }: BatchPacket): string {
  const date = new Date(seconds * 1000).toISOString().slice(0, -".000Z".length);
  return `${date}.${String(nanoseconds).padStart(9, "0")}Z`;
}

function describeContext(context: PacketContext): Record<string, unknown> {
  const texts = {
    prefix: context.prefix,
    hook: hookName(context) ?? "",
    in: context.inputInterface,
    out: context.outputInterface,
    phys_in: context.physicalInputInterface,
    phys_out: context.physicalOutputInterface,
  };
  const known = Object.entries(texts).filter(([, text]) => text !== "");
  const { mark, uid, gid } = context;
  // JSON leaves out what is undefined.
  return { ...Object.fromEntries(known), mark, uid, gid };
}

function describeHeaders(packet: DissectedPacket): Record<string, unknown> {
  if (packet.kind === "other") {
    return packet.etherType === 0 ? {} : { ether_type: packet.etherType };
  }
  const { ip, transport } = packet;
  const common = {
    ip_version: ip.version,
    src: ip.source,
    dst: ip.destination,
    protocol: transport?.kind ?? ip.protocol,
  };
  switch (transport?.kind) {
    case "tcp":
      return {
        ...common,
        sport: transport.sourcePort,
        dport: transport.destinationPort,
        flags: formatTcpFlags(transport.flags),
      };
    case "udp":
      return {
        ...common,
        sport: transport.sourcePort,
        dport: transport.destinationPort,
      };
    case "icmp":
    case "icmp6":
      return {
        ...common,
        icmp_type: transport.type,
        icmp_code: transport.code,
      };
    case undefined:
      return common;
  }
}
