import { object } from "@optique/core/constructs";
import type { Endpoint } from "../../zmq/endpoint.ts";
import { type OptionGroup, optionGroup } from "../command.ts";
import { valueOption } from "../declare_option.ts";
import { requireTogether, requireWith } from "../requirements.ts";
import {
  endpoint,
  MAX_SIZE,
  MEBIBYTE,
  mebibytes,
  SECOND,
  seconds,
} from "../values/mod.ts";

/** The last traffic, kept for those who ask. */
export interface Window {
  /** Where questions are answered, bound. */
  readonly endpoint: Endpoint;
  /** Bytes that are kept. */
  readonly size: number;
  /** How long a client may stop reading before its answer is given up, in milliseconds. @default {1000} */
  readonly answerTimeout: number;
}

/** Whether the last traffic is kept. */
export interface WindowSettings {
  /** Undefined when it is not. */
  readonly window: Window | undefined;
}

/** Defaults of {@linkcode windowOptions}. */
export const WINDOW_DEFAULTS = { answerTimeout: SECOND } as const;

/** Options of the receiver: `--buffer-interface`, `--buffer-window`, `--buffer-timeout`. */
export const windowOptions: OptionGroup<WindowSettings> = optionGroup(
  object("Window of the last traffic", {
    endpoint: valueOption(["--buffer-interface"], {
      value: endpoint(),
      help:
        "Answer requests for the last traffic here, those of nflog-pcap-query and of the Python original alike. Needs --buffer-window.",
    }),
    size: valueOption(["--buffer-window"], {
      value: mebibytes({ min: MEBIBYTE, max: MAX_SIZE }),
      help:
        "Memory for the last traffic; the oldest leaves first. Frames are kept and counted as they arrived: a window of compressed " +
        "frames reaches further back. While slow clients are answered, up to as much again may be in use. Needs --buffer-interface.",
    }),
    answerTimeout: valueOption(["--buffer-timeout"], {
      value: seconds(),
      hint: "1 s",
      help: "Give up the answer to a client that takes nothing for so long.",
    }),
  }),
  ({ endpoint, size, ...raw }) => {
    requireTogether({
      "--buffer-interface": endpoint,
      "--buffer-window": size,
    });
    if (endpoint === undefined || size === undefined) {
      requireWith("--buffer-interface", {
        "--buffer-timeout": raw.answerTimeout,
      });
      return { window: undefined };
    }
    const { answerTimeout = WINDOW_DEFAULTS.answerTimeout } = raw;
    return { window: { endpoint, size, answerTimeout } };
  },
);
