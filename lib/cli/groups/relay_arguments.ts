import { object } from "@optique/core/constructs";
import type { Endpoint } from "../../zmq/endpoint.ts";
import { type OptionGroup, optionGroup } from "../command.ts";
import { requiredArgument } from "../declare_option.ts";
import { endpoint } from "../values/mod.ts";

/** What a relay is given by place. */
export interface RelayArguments {
  /** Where frames come from; bound. */
  readonly source: Endpoint;
  /** Where frames go; connected to. */
  readonly destination: Endpoint;
}

/** Arguments of both relays: SRC and DST. */
export const relayArguments: OptionGroup<RelayArguments> = optionGroup(
  object({
    source: requiredArgument({
      value: endpoint({ metavar: "SRC", use: "bind" }),
      help:
        "ZeroMQ endpoint that senders connect to, such as tcp://*:5555 or ipc:///run/nflog/plain.",
    }),
    destination: requiredArgument({
      value: endpoint({ metavar: "DST", use: "connect" }),
      help:
        "ZeroMQ endpoint of the receiver or the next relay, such as tcp://192.0.2.9:5555.",
    }),
  }),
  (settings) => settings,
);
