import type { MessageInfo, MessageWindow } from "../history/message_window.ts";
import type { DecodedMessage } from "../wire/message_decoder.ts";

/** Smaller records are copied into an answer: lending them would cost more. Bytes. */
const LEND_FROM = 16 * 1024;

/**
 * Puts a message into a window, as it arrived.
 *
 * @param window The window.
 * @param message The whole message; it is copied.
 * @param decoded What it was found to hold; nothing is done where there are no packets.
 */
export function recordMessage(
  window: Pick<MessageWindow, "add">,
  message: Uint8Array,
  decoded: DecodedMessage,
): void {
  if (decoded.batch.packets === 0) return;
  window.add(message, describeMessage(message, decoded));
}

function describeMessage(
  message: Uint8Array,
  { batch: { packets, records }, span }: DecodedMessage,
): MessageInfo {
  const recordsSize = records.byteLength;
  // Records that borrow from the message are in it as they are.
  const lies = records.buffer === message.buffer && recordsSize >= LEND_FROM;
  const recordsOffset = lies ? records.byteOffset - message.byteOffset : 0;
  return { packets, recordsSize, recordsOffset, ...span };
}
