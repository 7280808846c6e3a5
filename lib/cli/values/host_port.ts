import type { ValueParser } from "@optique/core/valueparser";
import { parseIpv4, parseIpv6 } from "../../zmq/ip_address.ts";
import { quoteValue } from "../escape_text.ts";
import { valueParser } from "./value_parser.ts";

/** A host, and a port on it. */
export interface HostPort {
  /** An IPv4 address, an IPv6 address without brackets, or a name. */
  readonly host: string;
  /** 0 to 65535; 0 only where any free port may be taken. */
  readonly port: number;
}

/** The address that a server listens on when only a port is named. */
const LOOPBACK = "127.0.0.1";
const MAX_PORT = 65535;
const MAX_NAME = 253;

/**
 * A server to send to: `host` or `host:port`, an IPv6 address in brackets.
 *
 * @param defaultPort The port when none is named.
 * @returns The parser.
 */
export function hostPort(defaultPort: number): ValueParser<"sync", HostPort> {
  return valueParser({
    metavar: "HOST[:PORT]",
    placeholder: { host: "localhost", port: defaultPort },
    read(input): HostPort {
      const { host, port } = splitPort(input);
      return {
        host: readHost(input, host),
        port: port === undefined ? defaultPort : readPort(input, port, 1),
      };
    },
    format: formatHostPort,
  });
}

/**
 * Where a server listens: `ADDRESS:PORT`, or `PORT` alone for the loopback address; port 0 is any free one.
 *
 * @returns The parser.
 */
export function listenAddress(): ValueParser<"sync", HostPort> {
  return valueParser({
    metavar: "[ADDRESS:]PORT",
    placeholder: { host: LOOPBACK, port: 0 },
    read(input): HostPort {
      if (/^[0-9]+$/.test(input)) {
        return { host: LOOPBACK, port: readPort(input, input, 0) };
      }
      const { host, port } = splitPort(input);
      if (port === undefined) throw wrong(input, "the port is missing");
      const address = readHost(input, host);
      const isAddress = parseIpv4(address) !== undefined ||
        parseIpv6(address) !== undefined || address === "localhost";
      if (!isAddress) {
        throw wrong(
          input,
          `write an address of this host, such as ${LOOPBACK}, [::1] or 0.0.0.0, before the port`,
        );
      }
      return { host: address, port: readPort(input, port, 0) };
    },
    format: formatHostPort,
  });
}

/**
 * Writes a host and a port; an IPv6 address gets its brackets.
 *
 * @param value Host and port.
 * @returns Their text.
 */
export function formatHostPort(value: HostPort): string {
  const host = value.host.includes(":") ? `[${value.host}]` : value.host;
  return `${host}:${value.port}`;
}

function splitPort(input: string): { host: string; port: string | undefined } {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::([^:]*))?$/.exec(input);
  if (match === null) {
    throw wrong(input, "an IPv6 address must stand in brackets, as in [::1]");
  }
  return { host: match[1] ?? "", port: match[2] };
}

function readHost(input: string, host: string): string {
  if (host.startsWith("[")) {
    const address = host.slice(1, -1);
    if (parseIpv6(address) !== undefined) return address;
    throw wrong(input, `${host} is no IPv6 address`);
  }
  if (host === "") throw wrong(input, "the host is missing");
  if (parseIpv4(host) !== undefined) return host;
  // As in URLs: a host that ends in a number is meant as an IPv4 address.
  if (/(^|\.)[0-9]+$/.test(host)) {
    throw wrong(input, `${host} is no IPv4 address`);
  }
  const labels = host.replace(/\.$/, "").split(".");
  const valid = labels.every((label) =>
    /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label)
  );
  if (valid && host.length <= MAX_NAME) return host;
  throw wrong(input, "the host is no name and no address");
}

function readPort(input: string, port: string, min: number): number {
  const number = /^[0-9]{1,5}$/.test(port) ? Number(port) : NaN;
  if (number >= min && number <= MAX_PORT) return number;
  throw wrong(
    input,
    `the port must be a whole number from ${min} to ${MAX_PORT}`,
  );
}

function wrong(input: string, reason: string): SyntaxError {
  return new SyntaxError(`Cannot use address ${quoteValue(input)}: ${reason}`);
}
