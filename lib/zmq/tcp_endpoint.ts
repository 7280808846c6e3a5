import { endpointSyntaxError } from "./endpoint_error.ts";
import { parseIpv4, parseIpv6 } from "./ip_address.ts";

/** Where a TCP endpoint is: an address, a name, or every address of this host. */
export type EndpointHost =
  /** Every address of this host (`*`), for binding. */
  | { kind: "any" }
  | { kind: "ipv4"; address: string; bytes: Uint8Array }
  /** An address without its brackets, with the zone (`fe80::1%eth0`) apart. */
  | { kind: "ipv6"; address: string; bytes: Uint8Array; zone?: string }
  /** A host name, or when binding the name of a network interface. */
  | { kind: "name"; name: string };

/** An endpoint over TCP (`tcp://`), or over a WebSocket on top of it (`ws://`). */
export interface TcpEndpoint {
  /** `ws` is a WebSocket over TCP. */
  transport: "tcp" | "ws";
  /** The address or name. */
  host: EndpointHost;
  /** 1 to 65535, or `*` when binding: any free port. */
  port: number | "*";
  /** Where to connect from (`tcp://SOURCE;HOST:PORT`), connecting only; the port is `*` for any. */
  source?: { host: EndpointHost; port: number | "*" };
  /** The path of a WebSocket address, with its slash. */
  path?: string;
}

const MAX_HOST_NAME = 253;
const MAX_PORT = 65535;

/** The endpoint being read, for messages, and what it is for. */
export interface TcpEndpointContext {
  /** The whole text. */
  text: string;
  /** Its scheme. */
  transport: "tcp" | "ws";
  /** Whether it will be bound; wildcards are for binding only. */
  bind: boolean;
}

/**
 * Reads what follows `tcp://` or `ws://`.
 *
 * @param context The whole endpoint and what it is for.
 * @param address The text after the scheme.
 * @returns The endpoint's parts.
 * @throws {SyntaxError} If it is no address.
 * @throws {RangeError} If the port is not in 1 to 65535.
 */
export function parseTcpEndpoint(
  context: TcpEndpointContext,
  address: string,
): TcpEndpoint {
  const { text, transport, bind } = context;
  const slash = transport === "ws" ? address.indexOf("/") : -1;
  const path = slash < 0 ? undefined : address.slice(slash);
  const [first = "", second, ...rest] =
    (slash < 0 ? address : address.slice(0, slash)).split(";");
  if (second !== undefined && (bind || rest.length > 0)) {
    throw endpointSyntaxError(
      text,
      bind ? "only connecting can name a source" : "it has too many parts",
    );
  }
  const { host, port } = splitPort(text, second ?? first);
  if (port === undefined) {
    throw endpointSyntaxError(text, "the port is missing");
  }
  const result: TcpEndpoint = {
    transport,
    host: parseHost({ text, bind }, host),
    port: parsePort({ text, bind }, port),
  };
  if (second !== undefined) {
    const source = splitPort(text, first);
    result.source = {
      host: parseHost({ text, bind: true }, source.host),
      // libzmq's way to say "any source port" is 0; here it is `*`, as when binding.
      port: source.port === undefined || source.port === "0"
        ? "*"
        : parsePort({ text, bind: true }, source.port),
    };
  }
  if (path !== undefined) result.path = path;
  return result;
}

function splitPort(
  text: string,
  address: string,
): { host: string; port: string | undefined } {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::([^:]*))?$/.exec(address);
  if (match === null) {
    throw endpointSyntaxError(
      text,
      "an IPv6 address must stand in brackets, as in [::1]",
    );
  }
  return { host: match[1] ?? "", port: match[2] };
}

function parsePort(
  context: { text: string; bind: boolean },
  port: string,
): number | "*" {
  const { text, bind } = context;
  if (port === "") throw endpointSyntaxError(text, "the port is missing");
  if (port === "*" && bind) return "*";
  if (port === "*") {
    throw endpointSyntaxError(text, "port * is only for binding");
  }
  if (!/^[0-9]+$/.test(port)) {
    throw endpointSyntaxError(
      text,
      `the port ${JSON.stringify(port)} is no number`,
    );
  }
  const number = Number(port);
  if (number < 1 || number > MAX_PORT) {
    throw new RangeError(
      `Cannot use endpoint ${
        JSON.stringify(text)
      }: port ${port} is not in 1 to ${MAX_PORT}`,
    );
  }
  return number;
}

function parseHost(
  context: { text: string; bind: boolean },
  host: string,
): EndpointHost {
  const { text, bind } = context;
  if (host === "") throw endpointSyntaxError(text, "the host is missing");
  if (host === "*" && bind) return { kind: "any" };
  if (host === "*") {
    throw endpointSyntaxError(text, "host * is only for binding");
  }
  if (host.startsWith("[")) return parseIpv6Host(text, host.slice(1, -1));
  const bytes = parseIpv4(host);
  if (bytes !== undefined) return { kind: "ipv4", address: host, bytes };
  // As in URLs: a host that ends in a number is meant as an IPv4 address.
  if (/(^|\.)(0x[0-9a-f]*|[0-9]+)\.?$/i.test(host)) {
    throw endpointSyntaxError(text, `${host} is no IPv4 address`);
  }
  const labels = host.replace(/\.$/, "").split(".");
  const valid = labels.every((label) =>
    /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label)
  );
  if (!valid || host.length > MAX_HOST_NAME) {
    throw endpointSyntaxError(text, `${JSON.stringify(host)} is no host name`);
  }
  return { kind: "name", name: host };
}

function parseIpv6Host(text: string, host: string): EndpointHost {
  const [address = "", zone, ...rest] = host.split("%");
  const bytes = parseIpv6(address);
  if (bytes === undefined || zone === "" || rest.length > 0) {
    throw endpointSyntaxError(
      text,
      `${host === "" ? "[]" : host} is no IPv6 address`,
    );
  }
  const plain = { kind: "ipv6", address, bytes } as const;
  return zone === undefined ? plain : { ...plain, zone };
}

/**
 * Writes an endpoint over TCP or a WebSocket the way libzmq reads it.
 *
 * @param endpoint The endpoint.
 * @returns Its text.
 */
export function formatTcpEndpoint(endpoint: TcpEndpoint): string {
  const { transport, host, port, source, path = "" } = endpoint;
  const from = source === undefined
    ? ""
    : `${formatHost(source.host)}:${source.port === "*" ? 0 : source.port};`;
  return `${transport}://${from}${formatHost(host)}:${port}${path}`;
}

function formatHost(host: EndpointHost): string {
  switch (host.kind) {
    case "any":
      return "*";
    case "ipv4":
      return host.address;
    case "ipv6":
      return `[${host.address}${
        host.zone === undefined ? "" : `%${host.zone}`
      }]`;
    case "name":
      return host.name;
  }
}
