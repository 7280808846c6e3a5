import { object } from "@optique/core/constructs";
import { type OptionGroup, optionGroup } from "../command.ts";
import { valueOption } from "../declare_option.ts";
import { requireWith } from "../requirements.ts";
import { UsageError } from "../usage_error.ts";
import { filePath, type HostPort, listenAddress } from "../values/mod.ts";

/** Whether metrics are served over HTTP, and to whom. */
export interface HttpSettings {
  /** Where; undefined when they are not. */
  readonly http: HostPort | undefined;
  /** File with the token that a client must show; undefined when none is asked for. */
  readonly httpTokenFile: string | undefined;
}

/** Options of the programs that count: `--http`, and `--http-token`, which an address that is not loopback needs. */
export const httpOptions: OptionGroup<HttpSettings> = makeOptions(
  "metrics for Prometheus (/metrics) and a health check (/healthz)",
);

/** The same for the receiver, which has more to show. */
export const receiverHttpOptions: OptionGroup<HttpSettings> = makeOptions(
  "a page to look at (/), metrics for Prometheus (/metrics), a health check (/healthz), the totals (/stats.json) and packets of the " +
    "window (/buffer.pcap, with the fields of a query as parameters)",
);

function makeOptions(served: string): OptionGroup<HttpSettings> {
  const parser = object("HTTP", {
    http: valueOption(["--http"], {
      value: listenAddress(),
      hint: "off",
      help:
        `Serve ${served} here; on the loopback address when only a port is named. Any other address needs --http-token.`,
    }),
    httpTokenFile: valueOption(["--http-token"], {
      value: filePath(),
      help:
        "Answer only clients that show the token in FILE, as a bearer (Authorization: Bearer) or as the password that a browser asks for. " +
        "Nobody but its owner may be able to read the file.",
    }),
  });
  return optionGroup(parser, ({ http, httpTokenFile }) => {
    if (http === undefined) {
      requireWith("--http", { "--http-token": httpTokenFile });
    } else if (httpTokenFile === undefined && !isLoopbackHost(http.host)) {
      throw new UsageError(
        `--http ${http.host} can be reached from other hosts: add --http-token FILE, or listen on 127.0.0.1`,
      );
    }
    return { http, httpTokenFile };
  });
}

function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
