import { endpointSyntaxError } from "./endpoint_error.ts";
import { isLoopbackAddress } from "./ip_address.ts";
import {
  formatTcpEndpoint,
  parseTcpEndpoint,
  type TcpEndpoint,
} from "./tcp_endpoint.ts";

export type { EndpointHost, TcpEndpoint } from "./tcp_endpoint.ts";

/** A Unix domain socket (`ipc://`). */
export interface IpcEndpoint {
  /** The scheme. */
  transport: "ipc";
  /** A file path; `@name` in Linux's abstract name space; `*` when binding: a new one in the temporary directory. */
  path: string;
}

/** A name inside one context of one process (`inproc://`). */
export interface InprocEndpoint {
  /** The scheme. */
  transport: "inproc";
  /** Any name; both ends must be in the same context. */
  name: string;
}

/** A service or port of the kernel's TIPC (`tipc://`), checked by libzmq alone. */
export interface TipcEndpoint {
  /** The scheme. */
  transport: "tipc";
  /** As libzmq reads it, such as `{5560,0,0}`. */
  address: string;
}

/** One ZeroMQ endpoint, of the transports that the libzmq of this program has and that PUSH, PULL, REQ and REP can use. */
export type Endpoint =
  | TcpEndpoint
  | IpcEndpoint
  | InprocEndpoint
  | TipcEndpoint;

/** What an endpoint is for; wildcards exist only when binding. */
export interface EndpointOptions {
  /**
   * What the endpoint will be given to.
   *
   * @default {"bind"}
   */
  use?: "bind" | "connect";
}

// sizeof(sockaddr_un.sun_path) is 108 with the NUL (linux/un.h).
const MAX_IPC_PATH = 107;
const ABSENT: ReadonlyMap<string, string> = new Map(Object.entries({
  pgm: "this libzmq was built without it",
  epgm: "this libzmq was built without it",
  norm: "this libzmq was built without it",
  vmci: "this libzmq was built without it",
  wss: "this libzmq was built without it",
  udp: "it carries no PUSH, PULL, REQ or REP",
}));

/**
 * Reads an endpoint, refusing what libzmq would take and misread: it connects to port 99999 as 34463, and to
 * `300.1.1.1`, port 0 or a mistyped host without complaint.
 *
 * @example Usage
 * ```ts
 * import { equal, throws } from "node:assert/strict";
 * equal(parseEndpoint("tcp://[::1]:5555").transport, "tcp");
 * throws(() => parseEndpoint("tcp://192.0.2.1:99999"), RangeError);
 * ```
 *
 * @param text The endpoint, such as `tcp://192.0.2.1:5555`, `tcp://*:5555`, `ipc:///run/x` or `inproc://name`.
 * @param options Whether it is to be bound or connected to.
 * @returns Its parts.
 * @throws {SyntaxError} If it is no endpoint; the message says what is wrong.
 * @throws {RangeError} If its port or its length is out of range.
 */
export function parseEndpoint(
  text: string,
  options: EndpointOptions = {},
): Endpoint {
  const bind = options.use !== "connect";
  const colon = text.indexOf("://");
  if (colon < 1) {
    throw endpointSyntaxError(text, "it does not start with tcp:// or ipc://");
  }
  if (/[\0-\x20\x7f]/.test(text)) {
    throw endpointSyntaxError(text, "it has a space or a control character");
  }
  const transport = text.slice(0, colon);
  const address = text.slice(colon + "://".length);
  switch (transport) {
    case "tcp":
    case "ws":
      return parseTcpEndpoint({ text, transport, bind }, address);
    case "ipc":
      return { transport, path: parsePath({ text, bind }, address) };
    case "inproc":
      if (address === "") {
        throw endpointSyntaxError(text, "the name is missing");
      }
      return { transport, name: address };
    case "tipc":
      if (address === "") {
        throw endpointSyntaxError(text, "the address is missing");
      }
      return { transport, address };
  }
  throw endpointSyntaxError(text, describeTransport(transport));
}

function describeTransport(transport: string): string {
  const lower = transport.toLowerCase();
  const known = ["tcp", "ws", "ipc", "inproc", "tipc"].includes(lower);
  if (known) return `write ${lower}:// in lower case`;
  const reason = ABSENT.get(lower) ?? "known are tcp, ipc, inproc, ws and tipc";
  return `the transport ${transport} can not be used: ${reason}`;
}

function parsePath(
  context: { text: string; bind: boolean },
  path: string,
): string {
  const { text, bind } = context;
  if (path === "" || path === "@") {
    throw endpointSyntaxError(text, "the path is missing");
  }
  if (path === "*" && !bind) {
    throw endpointSyntaxError(text, "ipc://* is only for binding");
  }
  if (path.endsWith("/")) {
    throw endpointSyntaxError(text, "the path is a directory");
  }
  const length = new TextEncoder().encode(path).length;
  if (length > MAX_IPC_PATH) {
    throw new RangeError(
      `Cannot use endpoint ${JSON.stringify(text)}: ` +
        `its path has ${length} bytes, Unix sockets take at most ${MAX_IPC_PATH}`,
    );
  }
  return path;
}

/**
 * Writes an endpoint the way libzmq reads it.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(formatEndpoint(parseEndpoint("tcp://*:5555")), "tcp://*:5555");
 * ```
 *
 * @param endpoint The endpoint.
 * @returns Its text.
 */
export function formatEndpoint(endpoint: Endpoint): string {
  switch (endpoint.transport) {
    case "tcp":
    case "ws":
      return formatTcpEndpoint(endpoint);
    case "ipc":
      return `ipc://${endpoint.path}`;
    case "inproc":
      return `inproc://${endpoint.name}`;
    case "tipc":
      return `tipc://${endpoint.address}`;
  }
}

/**
 * Says whether only this host can reach an endpoint.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(isLoopback(parseEndpoint("ipc:///run/nflog/query")), true);
 * equal(isLoopback(parseEndpoint("tcp://*:5555")), false);
 * ```
 *
 * @param endpoint The endpoint.
 * @returns True for loopback addresses, `localhost`, the interface `lo`, Unix sockets and names in the process; false
 * for every other address and name, `*` among them.
 */
export function isLoopback(endpoint: Endpoint): boolean {
  switch (endpoint.transport) {
    case "ipc":
    case "inproc":
      return true;
    case "tipc":
      return false;
    case "tcp":
    case "ws": {
      const { host } = endpoint;
      if (host.kind === "any") return false;
      if (host.kind !== "name") return isLoopbackAddress(host.bytes);
      return ["localhost", "lo"].includes(host.name.toLowerCase());
    }
  }
}
