// All faults, in the order of the table.
import type { Fault } from "./fault.ts";
import { KERNEL_OVERFLOW } from "./kernel_overflow.ts";
import { LINK } from "./link.ts";
import { RECEIVER_KILLED } from "./receiver_killed.ts";
import { RECEIVER_STOPPED } from "./receiver_stopped.ts";
import { SENDER_KILLED } from "./sender_killed.ts";
import { TERMINATED } from "./terminated.ts";

/** Every fault. */
export const FAULTS: readonly Fault[] = [
  ...RECEIVER_KILLED,
  ...RECEIVER_STOPPED,
  ...SENDER_KILLED,
  ...LINK,
  ...KERNEL_OVERFLOW,
  ...TERMINATED,
];
