import { object } from "@optique/core/constructs";
import { type OptionGroup, optionGroup } from "../command.ts";
import { defaultedOption, switchOption } from "../declare_option.ts";
import {
  MEBIBYTE,
  mebibytes,
  SECOND,
  seconds,
  wholeNumber,
} from "../values/mod.ts";

/** How packets are taken from the kernel; the fields of `CaptureOptions` in lib/nflog that the command line reaches. */
export interface CaptureSettings {
  /** SO_RCVBUFFORCE: bytes that may wait to be read. @default {67108864} */
  readonly socketBuffer: number;
  /** NFULA_CFG_NLBUFSIZ: bytes that the kernel gathers before it delivers; follows from the socket buffer. @default {130752} */
  readonly kernelBuffer: number;
  /** NFULA_CFG_QTHRESH: packets that the kernel gathers at most before it delivers, 1 or more. @default {1000} */
  readonly flushThreshold: number;
  /** NFULA_CFG_TIMEOUT: how long it gathers at most, in milliseconds, in steps of 10; 0 is until its next tick. @default {10} */
  readonly flushTimeout: number;
  /** Whether NFLOG becomes the logger of IPv4 and IPv6 for rules that name no logger. @default {false} */
  readonly bindProtocolFamilies: boolean;
}

/** Defaults of {@linkcode captureOptions}: those of a capture itself. */
export const CAPTURE_OPTION_DEFAULTS: CaptureSettings = {
  socketBuffer: 64 * MEBIBYTE,
  kernelBuffer: 130752,
  flushThreshold: 1000,
  flushTimeout: 10,
  bindProtocolFamilies: false,
};

/** The kernel refuses less for NFULA_CFG_NLBUFSIZ, and says that it did not (net/netfilter/nfnetlink_log.c). */
const MIN_KERNEL_BUFFER = 3776;
/** The kernel takes an int, and doubles it. */
const MAX_SOCKET_BUFFER = 1024 * MEBIBYTE - 1;
const STEP = 10;

/** Options of the programs that read NFLOG: `--libnflog-nlbufsiz`, `--libnflog-qthresh`, `--libnflog-timeout`, `--bind-pf`. */
export const captureOptions: OptionGroup<CaptureSettings> = optionGroup(
  object("Capture (NFLOG groups, not pcap: files)", {
    socketBuffer: defaultedOption(["--libnflog-nlbufsiz"], {
      value: mebibytes({ min: 4096, max: MAX_SOCKET_BUFFER }),
      fallback: CAPTURE_OPTION_DEFAULTS.socketBuffer,
      help:
        "Size of the socket buffer, where packets wait while this program is busy. The buffer in which the kernel gathers packets " +
        "for one delivery follows from it, up to the 128 KiB that the kernel accepts; both are logged. The Python original had 10, " +
        "asked the kernel for a gathering buffer of that size, and did not notice that it was refused.",
    }),
    flushThreshold: defaultedOption(["--libnflog-qthresh"], {
      value: wholeNumber({ metavar: "PACKETS" }),
      fallback: CAPTURE_OPTION_DEFAULTS.flushThreshold,
      help:
        "Packets that the kernel gathers before it delivers them. In the Python original it followed from --libnflog-nlbufsiz.",
    }),
    flushTimeout: defaultedOption(["--libnflog-timeout"], {
      value: seconds({ min: 0, max: 3600 * SECOND, step: STEP }),
      fallback: CAPTURE_OPTION_DEFAULTS.flushTimeout,
      help:
        "Longest that the kernel gathers packets before it delivers them, rounded to 0.01 s; 0 is until its next tick. The Python " +
        "original waited up to 2 s.",
    }),
    bindProtocolFamilies: switchOption(
      ["--bind-pf"],
      "Make NFLOG the logger of IPv4 and IPv6 for rules that name none, such as LOG rules and connection tracking. The Python " +
        "original always did.",
    ),
  }),
  (settings) => ({
    ...settings,
    kernelBuffer: Math.min(
      Math.max(settings.socketBuffer, MIN_KERNEL_BUFFER),
      CAPTURE_OPTION_DEFAULTS.kernelBuffer,
    ),
  }),
);
