import { CONFIG_FLAG, KERNEL_BUFFER, MAX_COPY_RANGE } from "./constants.ts";

/** How to capture; every field has a default in {@linkcode CAPTURE_DEFAULTS}. */
export interface CaptureOptions {
  /** NFULA_CFG_QTHRESH: packets the kernel gathers at most before it delivers, 1 or more. @default {1000} */
  flushThreshold: number;
  /** NFULA_CFG_TIMEOUT: how long it gathers at most, in milliseconds, in steps of 10. @default {10} */
  flushTimeout: number;
  /** NFULA_CFG_NLBUFSIZ: bytes it gathers, 3776 to 131072; a little below a power of two is best. @default {130752} */
  kernelBuffer: number;
  /** SO_RCVBUFFORCE: bytes that may wait to be read; the kernel doubles them. @default {67108864} */
  socketBuffer: number;
  /** Most bytes copied of each packet, 1 to 65531. @default {65531} */
  copyRange: number;
  /** Whether NFLOG becomes the logger of IPv4 and IPv6 for rules that name no logger. @default {false} */
  bindProtocolFamilies: boolean;
  /** NFULNL_CFG_F_SEQ: whether packets are numbered per group, without which no loss can be seen. @default {true} */
  sequence: boolean;
  /** NFULNL_CFG_F_SEQ_GLOBAL: whether they are numbered over all groups, those of other readers too. @default {false} */
  globalSequence: boolean;
  /** NFULNL_CFG_F_CONNTRACK: whether they tell about their connections, for which the kernel needs nf_conntrack_netlink. @default {false} */
  conntrack: boolean;
}

/** What {@linkcode CaptureOptions} are when nothing is said. */
export const CAPTURE_DEFAULTS: Readonly<CaptureOptions> = {
  flushThreshold: 1000,
  flushTimeout: 10,
  kernelBuffer: 130752,
  socketBuffer: 64 * 1024 * 1024,
  copyRange: 65531,
  bindProtocolFamilies: false,
  sequence: true,
  globalSequence: false,
  conntrack: false,
};

/**
 * Tells which flags (NFULA_CFG_FLAGS) options stand for.
 *
 * @param options The options.
 * @returns Bits of {@linkcode CONFIG_FLAG}.
 */
export function captureFlags(options: CaptureOptions): number {
  return (options.sequence ? CONFIG_FLAG.SEQUENCE : 0) |
    (options.globalSequence ? CONFIG_FLAG.SEQUENCE_GLOBAL : 0) |
    (options.conntrack ? CONFIG_FLAG.CONNTRACK : 0);
}

/**
 * Checks options that the kernel would ignore, and report success, if they were out of range.
 *
 * @param options The options.
 * @throws {RangeError} If one is.
 */
export function checkCaptureOptions(options: CaptureOptions): void {
  const { kernelBuffer, copyRange, flushThreshold, flushTimeout } = options;
  const check = (
    name: string,
    value: number,
    range: [number, number],
  ): void => {
    const [least, most] = range;
    if (!(Number.isInteger(value) && value >= least && value <= most)) {
      throw new RangeError(
        `Cannot capture: ${name} is ${value}, it must be ${least} to ${most}`,
      );
    }
  };
  check("kernelBuffer", kernelBuffer, [KERNEL_BUFFER.MIN, KERNEL_BUFFER.MAX]);
  check("copyRange", copyRange, [1, MAX_COPY_RANGE]);
  check("flushThreshold", flushThreshold, [1, 0xffffffff]);
  check("flushTimeout", flushTimeout, [0, 0xffffffff]);
  check("socketBuffer", options.socketBuffer, [1, 0x3fffffff]);
}
