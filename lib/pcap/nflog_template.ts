import { padToEights } from "../bytes/copy_bytes.ts";
import type { PacketContext } from "../packet.ts";
import { NFLOG_HEADER, NFLOG_TLV, NFLOG_TYPE } from "./constants.ts";

/** What all records of link type NFLOG of a context begin with. */
export interface NflogTemplate {
  /** Header and attributes up to the payload, lengths and types little-endian, and zeros up to a multiple of eight bytes. */
  readonly bytes: DataView;
  /** Bytes of header and attributes: a multiple of four. */
  readonly size: number;
  /** Where in them the kernel's time is to be written; -1 when the kernel gave none. */
  readonly time: number;
}

const TIME_SIZE = 16;
const MAX_PREFIX = 127;
const HOOK_UNKNOWN = 255;
const templates = new WeakMap<PacketContext, NflogTemplate>();
const encoder = new TextEncoder();

/**
 * Gives what all records of a context begin with.
 *
 * @param context The context.
 * @returns The same for the same context object; it must not be changed.
 */
export function templateOf(context: PacketContext): NflogTemplate {
  let template = templates.get(context);
  if (template === undefined) {
    templates.set(context, template = makeTemplate(context));
  }
  return template;
}

function makeTemplate(context: PacketContext): NflogTemplate {
  const attributes = listAttributes(context);
  let size: number = NFLOG_HEADER.SIZE;
  for (const { value } of attributes) {
    size += NFLOG_TLV.SIZE + (value.length + 3 & ~3);
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(NFLOG_HEADER.FAMILY, context.family);
  view.setUint16(NFLOG_HEADER.GROUP, context.group, false);
  let at: number = NFLOG_HEADER.SIZE;
  let time = -1;
  for (const { type, value } of attributes) {
    view.setUint16(at + NFLOG_TLV.LENGTH, NFLOG_TLV.SIZE + value.length, true);
    view.setUint16(at + NFLOG_TLV.TYPE, type, true);
    bytes.set(value, at + NFLOG_TLV.SIZE);
    if (type === NFLOG_TYPE.TIMESTAMP) time = at + NFLOG_TLV.SIZE;
    at += NFLOG_TLV.SIZE + (value.length + 3 & ~3);
  }
  return { bytes: padToEights(bytes), size, time };
}

interface Attribute {
  type: number;
  value: Uint8Array;
}

/** The attributes that a context fills, in the kernel's order. */
function listAttributes(context: PacketContext): Attribute[] {
  const { protocol, hook } = context;
  const attributes: Attribute[] = [];
  const add = (type: number, value: Uint8Array | undefined): void => {
    if (value !== undefined) attributes.push({ type, value });
  };
  if (protocol !== 0 || hook !== HOOK_UNKNOWN) {
    const value = Uint8Array.of(protocol >>> 8, protocol & 0xff, hook, 0);
    add(NFLOG_TYPE.PACKET_HEADER, value);
  }
  if (context.prefix !== "") {
    add(NFLOG_TYPE.PREFIX, encodePrefix(context.prefix));
  }
  const { inputInterface, outputInterface } = context;
  const { physicalInputInterface, physicalOutputInterface } = context;
  add(NFLOG_TYPE.INPUT_INTERFACE, indexOf(inputInterface));
  add(NFLOG_TYPE.PHYSICAL_INPUT_INTERFACE, indexOf(physicalInputInterface));
  add(NFLOG_TYPE.OUTPUT_INTERFACE, indexOf(outputInterface));
  add(NFLOG_TYPE.PHYSICAL_OUTPUT_INTERFACE, indexOf(physicalOutputInterface));
  add(NFLOG_TYPE.MARK, big32(context.mark));
  add(NFLOG_TYPE.UID, big32(context.uid));
  add(NFLOG_TYPE.GID, big32(context.gid));
  if (context.timeSource === "kernel") {
    add(NFLOG_TYPE.TIMESTAMP, new Uint8Array(TIME_SIZE));
  }
  return attributes;
}

/** The kernel's NF_LOG_PREFIXLEN is 128, with the NUL. */
function encodePrefix(prefix: string): Uint8Array {
  const bytes = new Uint8Array(MAX_PREFIX + 1);
  const { written } = encoder.encodeInto(prefix, bytes.subarray(0, MAX_PREFIX));
  return bytes.subarray(0, written + 1);
}

function big32(value: number | undefined): Uint8Array | undefined {
  if (value === undefined) return undefined;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, false);
  return bytes;
}

/** The index in a name that stands for one. */
function indexOf(name: string): Uint8Array | undefined {
  const index = /^if([1-9][0-9]{0,9})$/.exec(name)?.[1];
  return index === undefined ? undefined : big32(Number(index));
}
