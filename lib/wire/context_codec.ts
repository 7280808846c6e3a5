import type { PacketContext, TimeSource } from "../packet.ts";
import { CONTEXT, CONTEXT_FLAG } from "./constants.ts";
import { FrameError } from "./frame_error.ts";

/** How many contexts {@linkcode ContextReader} remembers at most. */
const REMEMBERED = 1024;
/** Longest text in a context, in bytes: what its one length byte can say. */
const MAX_TEXT = 255;

const encoder = new TextEncoder();
const texts = new TextDecoder();
const latin1 = new TextDecoder("latin1");
const encoded = new WeakMap<PacketContext, Uint8Array>();

/** The texts of a context in the order in which they are written. */
function textsOf(context: PacketContext): string[] {
  return [
    context.inputInterface,
    context.outputInterface,
    context.physicalInputInterface,
    context.physicalOutputInterface,
    context.prefix,
  ];
}

function flagsOf(context: PacketContext): number {
  return (context.mark === undefined ? 0 : CONTEXT_FLAG.MARK) |
    (context.uid === undefined ? 0 : CONTEXT_FLAG.UID) |
    (context.gid === undefined ? 0 : CONTEXT_FLAG.GID) |
    (context.timeSource === "kernel" ? CONTEXT_FLAG.KERNEL_TIME : 0) |
    (context.timeSource === "file" ? CONTEXT_FLAG.FILE_TIME : 0);
}

function timeSourceOf(flags: number): TimeSource {
  if ((flags & CONTEXT_FLAG.KERNEL_TIME) !== 0) return "kernel";
  return (flags & CONTEXT_FLAG.FILE_TIME) !== 0 ? "file" : "clock";
}

/** Encodes a text, cut to what fits between two characters. */
function encodeText(text: string): Uint8Array {
  const bytes = new Uint8Array(MAX_TEXT);
  return bytes.subarray(0, encoder.encodeInto(text, bytes).written);
}

/**
 * Encodes a context as a frame states it.
 *
 * @param context The context; texts of more than 255 bytes are cut.
 * @returns The bytes; they are kept for the next time and must not be changed.
 */
export function encodeContext(context: PacketContext): Uint8Array {
  const known = encoded.get(context);
  if (known !== undefined) return known;
  const parts = textsOf(context).map(encodeText);
  const size = parts.reduce<number>(
    (sum, part) => sum + part.byteLength,
    CONTEXT.TEXTS,
  );
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint16(CONTEXT.SIZE, size, true);
  view.setUint16(CONTEXT.GROUP, context.group, true);
  view.setUint16(CONTEXT.PROTOCOL, context.protocol, true);
  view.setUint8(CONTEXT.FAMILY, context.family);
  view.setUint8(CONTEXT.HOOK, context.hook);
  view.setUint8(CONTEXT.FLAGS, flagsOf(context));
  view.setUint32(CONTEXT.MARK, context.mark ?? 0, true);
  view.setUint32(CONTEXT.UID, context.uid ?? 0, true);
  view.setUint32(CONTEXT.GID, context.gid ?? 0, true);
  let offset: number = CONTEXT.TEXTS;
  for (const [index, part] of parts.entries()) {
    view.setUint8(CONTEXT.INPUT_LENGTH + index, part.byteLength);
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  encoded.set(context, bytes);
  return bytes;
}

/** Reads a context that is known to be whole. */
function decodeContext(bytes: Uint8Array): PacketContext {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(CONTEXT.FLAGS);
  let offset: number = CONTEXT.TEXTS;
  const text = (lengthAt: number): string => {
    const start = offset;
    offset += view.getUint8(lengthAt);
    return texts.decode(bytes.subarray(start, offset));
  };
  const given = (flag: number, at: number): number | undefined =>
    (flags & flag) === 0 ? undefined : view.getUint32(at, true);
  return {
    group: view.getUint16(CONTEXT.GROUP, true),
    family: view.getUint8(CONTEXT.FAMILY),
    hook: view.getUint8(CONTEXT.HOOK),
    protocol: view.getUint16(CONTEXT.PROTOCOL, true),
    mark: given(CONTEXT_FLAG.MARK, CONTEXT.MARK),
    uid: given(CONTEXT_FLAG.UID, CONTEXT.UID),
    gid: given(CONTEXT_FLAG.GID, CONTEXT.GID),
    inputInterface: text(CONTEXT.INPUT_LENGTH),
    outputInterface: text(CONTEXT.OUTPUT_LENGTH),
    physicalInputInterface: text(CONTEXT.PHYSICAL_INPUT_LENGTH),
    physicalOutputInterface: text(CONTEXT.PHYSICAL_OUTPUT_LENGTH),
    prefix: text(CONTEXT.PREFIX_LENGTH),
    timeSource: timeSourceOf(flags),
  };
}

/** A context and where the next one begins. */
export interface ReadContext {
  /** The context: the same object for the same bytes, as long as it is remembered. */
  context: PacketContext;
  /** Offset after it, in bytes. */
  nextOffset: number;
}

/**
 * Reads contexts from frames, and remembers those it has read, since frames repeat them.
 *
 * @example The same bytes give the same object
 * ```ts
 * import assert from "node:assert/strict";
 * import { plainContext } from "../batch_builder.ts";
 * import { ContextReader, encodeContext } from "./context_codec.ts";
 *
 * const bytes = encodeContext(plainContext(5, "kernel", { prefix: "web" }));
 * const reader = new ContextReader();
 * const { context, nextOffset } = reader.read(bytes, 0);
 * assert.deepEqual([context.group, context.prefix], [5, "web"]);
 * assert.equal(nextOffset, bytes.length);
 * assert.equal(reader.read(bytes, 0).context, context);
 * ```
 */
export class ContextReader {
  readonly #known = new Map<string, PacketContext>();

  /**
   * Reads the context at an offset.
   *
   * @param bytes The contexts of a frame.
   * @param offset Where this one begins.
   * @returns The context; it borrows nothing.
   * @throws {FrameError} If bytes are missing or its lengths do not add up.
   */
  read(bytes: Uint8Array, offset: number): ReadContext {
    if (bytes.byteLength - offset < CONTEXT.TEXTS) {
      throw refused("it is cut short", offset);
    }
    const at = (field: number): number => bytes[offset + field] ?? 0;
    const size = at(CONTEXT.SIZE) | at(CONTEXT.SIZE + 1) << 8;
    const wanted = CONTEXT.TEXTS + at(CONTEXT.INPUT_LENGTH) +
      at(CONTEXT.OUTPUT_LENGTH) + at(CONTEXT.PHYSICAL_INPUT_LENGTH) +
      at(CONTEXT.PHYSICAL_OUTPUT_LENGTH) + at(CONTEXT.PREFIX_LENGTH);
    if (size !== wanted || offset + size > bytes.byteLength) {
      throw refused(`it takes ${wanted} bytes and says ${size}`, offset);
    }
    const nextOffset = offset + size;
    const own = bytes.subarray(offset, nextOffset);
    const key = latin1.decode(own);
    let context = this.#known.get(key);
    if (context === undefined) {
      context = decodeContext(own);
      if (this.#known.size >= REMEMBERED) this.#known.clear();
      this.#known.set(key, context);
    }
    return { context, nextOffset };
  }
}

function refused(state: string, offset: number): FrameError {
  return new FrameError(
    `Cannot read the context at ${offset}: ${state}`,
    "content",
    { offset },
  );
}
