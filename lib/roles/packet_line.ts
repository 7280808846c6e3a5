import type { BatchPacket } from "../batch_packets.ts";
import { dissect, formatSummary } from "../dissect/mod.ts";
import type { PacketContext } from "../packet.ts";
import { sanitizeText } from "../pcapng/mod.ts";

/** Whether lines are coloured, for terminals. */
export type LineColour = "plain" | "colour";

/** Colours of a line's parts (ECMA-48, SGR). */
const COLOUR = {
  time: 2,
  group: 36,
  prefix: 32,
  interfaces: 34,
  loss: 31,
  known: 35,
} as const;

type Paint = (part: keyof typeof COLOUR, text: string) => string;

const PAINTS: Readonly<Record<LineColour, Paint>> = {
  plain: (_part, text) => text,
  colour: (part, text) => `\x1b[${COLOUR[part]}m${text}\x1b[0m`,
};

/**
 * Writes a packet as one line, as tcpdump does, with what the firewall knew: time, group, prefix, interfaces, summary, losses before it, mark, owner.
 *
 * @param packet The packet.
 * @param colour Whether to colour the parts. @default {"plain"}
 * @returns The line, without a line break; nothing in it acts on a terminal but the colours.
 */
export function formatPacketLine(
  packet: BatchPacket,
  colour: LineColour = "plain",
): string {
  const paint = PAINTS[colour];
  const { context } = packet;
  const parts = [
    paint("time", formatTime(packet)),
    paint("group", String(context.group)),
  ];
  if (context.prefix !== "") {
    parts.push(paint("prefix", quote(context.prefix)));
  }
  const way = formatWay(context);
  if (way !== "") parts.push(paint("interfaces", way));
  parts.push(formatSummary(dissect(packet.data, context.protocol)));
  const known = formatKnown(context);
  if (known !== "") parts.push(paint("known", known));
  if (packet.lostBefore > 0) {
    parts.push(paint("loss", `lost_before=${packet.lostBefore}`));
  }
  return parts.join(" ");
}

/** Time of day where this runs, to the microsecond, as tcpdump shows it. */
function formatTime({ seconds, nanoseconds }: BatchPacket): string {
  const date = new Date(seconds * 1000);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((number) => String(number).padStart(2, "0"));
  const microseconds = Math.floor(nanoseconds / 1000);
  return `${clock.join(":")}.${String(microseconds).padStart(6, "0")}`;
}

/** Interfaces as `in→out`, with bridge ports in parentheses; empty where none is known. */
function formatWay(context: PacketContext): string {
  const from = formatPort(
    context.inputInterface,
    context.physicalInputInterface,
  );
  const to = formatPort(
    context.outputInterface,
    context.physicalOutputInterface,
  );
  return from === "" && to === "" ? "" : `${from}→${to}`;
}

function formatPort(name: string, physical: string): string {
  const port = physical === "" || physical === name ? "" : `(${physical})`;
  return sanitizeText(name + port);
}

function formatKnown(context: PacketContext): string {
  const { mark, uid, gid } = context;
  const known: string[] = [];
  if (uid !== undefined) known.push(`uid=${uid}`);
  if (gid !== undefined) known.push(`gid=${gid}`);
  if (mark !== undefined) known.push(`mark=0x${mark.toString(16)}`);
  return known.join(" ");
}

function quote(text: string): string {
  return JSON.stringify(sanitizeText(text));
}
