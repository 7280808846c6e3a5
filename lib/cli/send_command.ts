import { object } from "@optique/core/constructs";
import { text } from "@optique/core/message";
import { multiple } from "@optique/core/modifiers";
import type { Endpoint } from "../zmq/endpoint.ts";
import {
  type CommandDefinition,
  commandMode,
  type CommandOf,
  defineCommand,
  type OptionGroup,
  optionGroup,
  parseCommand,
} from "./command.ts";
import {
  commonOptions,
  privilegeOptions,
  statsOptions,
} from "./common_options.ts";
import { requiredArgument } from "./declare_option.ts";
import { captureOptions } from "./groups/capture_options.ts";
import { curveClientOptions } from "./groups/curve_options.ts";
import { heartbeatOptions } from "./groups/heartbeat_options.ts";
import { httpOptions } from "./groups/http_options.ts";
import { keygenOptions } from "./groups/keygen_options.ts";
import { queueOptions } from "./groups/queue_options.ts";
import { optionalRateControlOptions } from "./groups/rate_control_options.ts";
import { sensorOptions } from "./groups/sensor_options.ts";
import { statsdOptions } from "./groups/statsd_options.ts";
import { wireOptions } from "./groups/wire_options.ts";
import { endpoint, type PacketSource, packetSource } from "./values/mod.ts";

/** What the sender is given by place. */
export interface SendArguments {
  /** Where packets come from. */
  readonly source: PacketSource;
  /** Where frames go, round robin; connected to. At least one. */
  readonly endpoints: readonly Endpoint[];
}

/** Arguments of the sender: SOURCE and ENDPOINT. */
export const sendArguments: OptionGroup<SendArguments> = optionGroup(
  object({
    source: requiredArgument({
      value: packetSource(),
      help:
        "NFLOG groups, separated by commas, ranges allowed (0,1,5-7), or pcap:FILE to replay a capture file as if the kernel had " +
        "logged its packets; pcap:- replays standard input.",
    }),
    endpoints: multiple(
      requiredArgument({
        value: endpoint({ use: "connect" }),
        help:
          "ZeroMQ endpoint of the receiver, such as tcp://192.0.2.9:5555; with several, frames go to them in turn.",
      }),
      { min: 1, errors: { tooFew: [text("ENDPOINT is missing")] } },
    ),
  }),
  (settings) => settings,
);

// Each line is a group of options; one joins when the sender does what it says.
const MODE = commandMode("send", [
  sendArguments,
  captureOptions,
  queueOptions,
  optionalRateControlOptions,
  wireOptions,
  sensorOptions,
  heartbeatOptions,
  curveClientOptions,
  privilegeOptions,
  httpOptions,
  statsdOptions,
  statsOptions,
  commonOptions,
]);

const KEYGEN_MODE = commandMode("keygen", [keygenOptions]);

/** What the sender is told to do; sizes in bytes, durations in milliseconds. */
export type SendCommand = CommandOf<typeof MODE>;

/** That the sender is to make keys, for itself or for others. */
export type KeygenCommand = CommandOf<typeof KEYGEN_MODE>;

/** `nflog-zmq-send`. */
export const SEND_DEFINITION: CommandDefinition<SendCommand | KeygenCommand> =
  defineCommand<SendCommand | KeygenCommand>({
    name: "nflog-zmq-send",
    brief: "Sends the packets that the firewall logs (NFLOG) to another host.",
    description: [
      "Reads NFLOG groups of this host's kernel and sends their packets over ZeroMQ to nflog-pcap-recv. What can not be delivered is " +
      "dropped and counted. Needs CAP_NET_ADMIN for NFLOG, none for pcap:.",
    ],
    examples: [
      "--user nobody 5 tcp://ids.example.net:5555",
      "0,1,5-7 tcp://192.0.2.9:5555 tcp://192.0.2.10:5555",
      "pcap:traffic.pcap ipc:///run/nflog/data",
      "--keygen /etc/nflog/gateway-1",
    ],
    modes: [KEYGEN_MODE, MODE],
  });

/**
 * Reads the command line of `nflog-zmq-send`.
 *
 * @param args The arguments, without the program's name.
 * @returns The command.
 * @throws {UsageError} If it is not right.
 */
export function parseSendCommand(
  args: readonly string[],
): SendCommand | KeygenCommand {
  return parseCommand(SEND_DEFINITION, args);
}
