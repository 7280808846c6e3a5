import type { ValueParser } from "@optique/core/valueparser";
import {
  type Endpoint,
  type EndpointOptions,
  formatEndpoint,
  parseEndpoint,
} from "../../zmq/endpoint.ts";
import { valueParser } from "./value_parser.ts";

/** What an endpoint is for. */
export interface EndpointValueOptions extends EndpointOptions {
  /** How help names it. @default {"ENDPOINT"} */
  metavar?: string;
}

const SCHEMES = ["tcp://", "ipc://"];

/**
 * ZeroMQ endpoints.
 *
 * @param options What they are for; wildcards are taken only where they are bound.
 * @returns The parser.
 */
export function endpoint(
  options: EndpointValueOptions = {},
): ValueParser<"sync", Endpoint> {
  const { metavar = "ENDPOINT", use = "bind" } = options;
  return valueParser({
    metavar,
    placeholder: { transport: "inproc", name: "placeholder" },
    read: (input) => parseEndpoint(input, { use }),
    format: formatEndpoint,
    suggest: (prefix) =>
      prefix.startsWith("ipc://")
        ? [{ kind: "file", type: "any", pattern: prefix, prefix: "ipc://" }]
        : SCHEMES.filter((scheme) => scheme.startsWith(prefix))
          .map((text) => ({ kind: "literal", text })),
  });
}
