// Prints packets to standard output, one a line.

import { type BatchPacket, batchPackets } from "../../lib/batch_packets.ts";
import type { PacketBatch } from "../../lib/packet.ts";
import { formatPacketJson } from "../../lib/roles/packet_json.ts";
import { formatPacketLine } from "../../lib/roles/packet_line.ts";
import type { Host } from "./host.ts";

/**
 * Makes what prints packets.
 *
 * @param form One line for people each, or one JSON object; undefined when nothing is printed.
 * @param host The process it runs in: it is asked to stop when nobody reads any more.
 * @returns Prints the packets of a batch, and waits until they are printed.
 */
export function openPrinter(
  form: "text" | "json" | undefined,
  host: Host,
): ((batch: PacketBatch) => Promise<void>) | undefined {
  if (form === undefined) return undefined;
  const hasColour = Deno.stdout.isTerminal() && !Deno.noColor;
  const colour = hasColour ? "colour" : "plain";
  const format = form === "json"
    ? formatPacketJson
    : (packet: BatchPacket): string => formatPacketLine(packet, colour);
  const encoder = new TextEncoder();
  return async (batch) => {
    let text = "";
    for (const packet of batchPackets(batch)) text += `${format(packet)}\n`;
    try {
      await writeAll(encoder.encode(text));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      host.requestStop();
    }
  };
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await Deno.stdout.write(bytes.subarray(at));
  }
}
