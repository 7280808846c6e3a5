import {
  ATTRIBUTE,
  CONFIG_ATTRIBUTE,
  CONFIG_COMMAND,
  COPY_PACKET,
  MESSAGE,
  MESSAGE_TYPE,
  REQUEST_ACK,
} from "./constants.ts";

/** How the kernel is to log the packets of one group. */
export interface GroupSettings {
  /** Most bytes copied of each packet, 1 to 65531. */
  copyRange: number;
  /** NFULA_CFG_NLBUFSIZ: bytes the kernel gathers before it delivers, 3776 to 131072. */
  kernelBuffer: number;
  /** NFULA_CFG_QTHRESH: packets it gathers at most before it delivers. */
  flushThreshold: number;
  /** NFULA_CFG_TIMEOUT: how long it gathers at most, in milliseconds, in steps of 10; 0 is until its next tick. */
  flushTimeout: number;
  /** NFULA_CFG_FLAGS, of `CONFIG_FLAG`. */
  flags: number;
}

/** Writes attributes one after the other, each padded to four bytes. */
class MessageWriter {
  readonly #view = new DataView(new ArrayBuffer(128));
  #end: number = MESSAGE.ATTRIBUTES;

  constructor(group: number, sequence: number) {
    this.#view.setUint16(MESSAGE.TYPE, MESSAGE_TYPE.CONFIG, true);
    this.#view.setUint16(MESSAGE.FLAGS, REQUEST_ACK, true);
    this.#view.setUint32(MESSAGE.SEQUENCE, sequence, true);
    this.#view.setUint16(MESSAGE.GROUP, group);
  }

  /** Adds an attribute of `size` bytes, which `write` fills in; its value is big-endian, its header is not. */
  add(
    type: number,
    size: number,
    write: (view: DataView, offset: number) => void,
  ): void {
    this.#view.setUint16(
      this.#end + ATTRIBUTE.LENGTH,
      ATTRIBUTE.SIZE + size,
      true,
    );
    this.#view.setUint16(this.#end + ATTRIBUTE.TYPE, type, true);
    write(this.#view, this.#end + ATTRIBUTE.SIZE);
    this.#end += ATTRIBUTE.SIZE + (size + 3 & ~3);
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#view.setUint32(MESSAGE.LENGTH, this.#end, true);
    return new Uint8Array(this.#view.buffer as ArrayBuffer, 0, this.#end);
  }
}

/**
 * Makes the message that binds a group with all its settings at once, so that no packet is logged under the kernel's defaults.
 *
 * @param group NFLOG group, 0 to 65535.
 * @param settings How to log.
 * @param sequence Number by which the answer is known.
 * @returns A netlink message in the byte order of a little-endian machine.
 */
export function encodeBindMessage(
  group: number,
  settings: GroupSettings,
  sequence: number,
): Uint8Array<ArrayBuffer> {
  const message = new MessageWriter(group, sequence);
  message.add(CONFIG_ATTRIBUTE.COMMAND, 1, (view, at) => {
    view.setUint8(at, CONFIG_COMMAND.BIND);
  });
  // struct nfulnl_msg_config_mode: be32 range, u8 mode, u8 padding.
  message.add(CONFIG_ATTRIBUTE.MODE, 6, (view, at) => {
    view.setUint32(at, settings.copyRange);
    view.setUint8(at + 4, COPY_PACKET);
  });
  message.add(CONFIG_ATTRIBUTE.BUFFER_SIZE, 4, (view, at) => {
    view.setUint32(at, settings.kernelBuffer);
  });
  message.add(CONFIG_ATTRIBUTE.TIMEOUT, 4, (view, at) => {
    view.setUint32(at, Math.round(settings.flushTimeout / 10));
  });
  message.add(CONFIG_ATTRIBUTE.THRESHOLD, 4, (view, at) => {
    view.setUint32(at, settings.flushThreshold);
  });
  message.add(CONFIG_ATTRIBUTE.FLAGS, 2, (view, at) => {
    view.setUint16(at, settings.flags);
  });
  return message.finish();
}

/**
 * Makes the message that gives a group up; the kernel delivers what it had gathered first.
 *
 * @param group NFLOG group, 0 to 65535.
 * @param sequence Number by which the answer is known.
 * @returns A netlink message in the byte order of a little-endian machine.
 */
export function encodeUnbindMessage(
  group: number,
  sequence: number,
): Uint8Array<ArrayBuffer> {
  const message = new MessageWriter(group, sequence);
  message.add(CONFIG_ATTRIBUTE.COMMAND, 1, (view, at) => {
    view.setUint8(at, CONFIG_COMMAND.UNBIND);
  });
  return message.finish();
}
