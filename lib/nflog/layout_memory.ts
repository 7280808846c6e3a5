import type { PacketContext } from "../packet.ts";
import { PACKET_ATTRIBUTE } from "./constants.ts";
import {
  type InterfaceNamer,
  type MessageLayout,
  readMessageLayout,
} from "./message_layout.ts";

/** How many layouts are remembered: one per rule and kind of traffic is in use at a time. */
const REMEMBERED_LAYOUTS = 32;

/** How many contexts are remembered before all are forgotten. */
const REMEMBERED_CONTEXTS = 1024;

/** The layouts of the messages in one buffer, and the contexts they stand for. */
export class LayoutMemory {
  readonly #words: Int32Array;
  readonly #view: DataView;
  readonly #nameOf: InterfaceNamer;
  #layouts: MessageLayout[] = [];
  readonly #contexts = new Map<string, PacketContext>();

  /**
   * @param buffer Where the messages are; its size is a multiple of four bytes.
   * @param nameOf Names interfaces.
   */
  constructor(buffer: ArrayBuffer, nameOf: InterfaceNamer) {
    this.#words = new Int32Array(buffer);
    this.#view = new DataView(buffer);
    this.#nameOf = nameOf;
  }

  /** Forgets the layouts, and with them the names of interfaces, which can change. */
  forget(): void {
    this.#layouts = [];
  }

  /**
   * Finds the layout of a message, reading it in full if there was none like it.
   *
   * @param at Where the message begins, in bytes.
   * @param size Its size in bytes; all of it is in the buffer.
   * @returns Its layout, or undefined if its lengths do not add up.
   */
  find(at: number, size: number): MessageLayout | undefined {
    for (const layout of this.#layouts) {
      if (isLike(layout, this.#words, at >> 2, size)) return layout;
    }
    const read = readMessageLayout(this.#view, at, this.#nameOf);
    if (read === undefined) return undefined;
    const layout = { ...read, context: this.#sameContext(read.context) };
    if (this.#layouts.length >= REMEMBERED_LAYOUTS) this.#layouts.pop();
    this.#layouts.unshift(layout);
    return layout;
  }

  /** Gives the context that stands for all contexts equal to this one, so that they are told apart by identity. */
  #sameContext(context: PacketContext): PacketContext {
    const key = JSON.stringify(context);
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    if (this.#contexts.size >= REMEMBERED_CONTEXTS) this.#contexts.clear();
    this.#contexts.set(key, context);
    return context;
  }
}

/**
 * Tells whether a message has a layout.
 *
 * @param layout The layout.
 * @param words The buffer that the message is in.
 * @param word Index of its first word.
 * @param size Its size in bytes; all of it is in the buffer.
 */
// deno-lint-ignore nflog/parameters -- an object per packet costs more than the packet
export function isLike(
  layout: MessageLayout,
  words: Int32Array,
  word: number,
  size: number,
): boolean {
  if (size < layout.minimumSize) return false;
  const fixed = layout.fixedWords;
  for (let index = 0; index < fixed.length; index += 2) {
    const place = word + (fixed[index] as number);
    if (words[place] !== fixed[index + 1]) return false;
  }
  if (layout.payloadOffset === 0) return size === layout.minimumSize;
  // The payload comes last: its attribute, padded to four bytes or not, ends where the message does.
  const attribute = words[word + (layout.payloadOffset >> 2)] as number;
  const left = size - layout.payloadOffset;
  const length = attribute & 0xffff;
  return attribute >>> 16 === PACKET_ATTRIBUTE.PAYLOAD && length <= left &&
    length > left - 4;
}
