import type { ValueParser } from "@optique/core/valueparser";
import { quoteValue } from "../escape_text.ts";
import { parsePath } from "./file.ts";
import { valueParser } from "./value_parser.ts";

/** Where packets come from. */
export type PacketSource =
  /** NFLOG groups of this host's kernel, 0 to 65535, each once, in the order they were named. */
  | { readonly kind: "groups"; readonly groups: readonly number[] }
  /** A capture file that is replayed. */
  | { readonly kind: "file"; readonly path: string }
  /** A capture file that is replayed from standard input. */
  | { readonly kind: "stdin" };

const FILE_PREFIX = "pcap:";
const MAX_GROUP = 65535;
const ADVICE =
  "write NFLOG groups, such as 5 or 0,1,5-7, or pcap:FILE to replay a capture file";

/**
 * A source of packets: NFLOG groups (`0,1,5-7`), or a capture file (`pcap:PATH`, `pcap:-`).
 *
 * @returns The parser.
 */
export function packetSource(): ValueParser<"sync", PacketSource> {
  return valueParser({
    metavar: "SOURCE",
    placeholder: { kind: "stdin" },
    read: parsePacketSource,
    format: formatPacketSource,
    suggest: (prefix) =>
      prefix.startsWith(FILE_PREFIX)
        ? [{ kind: "file", type: "file", pattern: prefix, prefix: FILE_PREFIX }]
        : [FILE_PREFIX].filter((text) => text.startsWith(prefix))
          .map((text) => ({ kind: "literal", text })),
  });
}

/**
 * Reads a source of packets.
 *
 * @param input What was written.
 * @returns The source.
 * @throws {SyntaxError} If it is none.
 * @throws {RangeError} If a group is above 65535 or a range runs backwards.
 */
export function parsePacketSource(input: string): PacketSource {
  if (input.startsWith(FILE_PREFIX)) {
    const path = parsePath(input.slice(FILE_PREFIX.length));
    return path === "-" ? { kind: "stdin" } : { kind: "file", path };
  }
  const groups = new Set<number>();
  for (const part of input.split(",")) {
    const [first, last] = parseRange(input, part);
    for (let group = first; group <= last; group++) groups.add(group);
  }
  return { kind: "groups", groups: [...groups] };
}

/**
 * Writes a source of packets the way it is read.
 *
 * @param source The source.
 * @returns Its text.
 */
export function formatPacketSource(source: PacketSource): string {
  switch (source.kind) {
    case "groups":
      return source.groups.join(",");
    case "file":
      return `${FILE_PREFIX}${source.path}`;
    case "stdin":
      return `${FILE_PREFIX}-`;
  }
}

function parseRange(input: string, part: string): [number, number] {
  const problem = `Cannot use source ${quoteValue(input)}`;
  const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(part);
  if (match === null) {
    const reason = part === input
      ? ""
      : part === ""
      ? "a group is missing between its commas; "
      : `${quoteValue(part)} is no group; `;
    throw new SyntaxError(`${problem}: ${reason}${ADVICE}`);
  }
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (Math.max(first, last) > MAX_GROUP) {
    throw new RangeError(
      `${problem}: group ${Math.max(first, last)} is not in 0 to ${MAX_GROUP}`,
    );
  }
  if (last < first) {
    throw new RangeError(
      `${problem}: the range ${part} runs backwards; write ${last}-${first}`,
    );
  }
  return [first, last];
}
