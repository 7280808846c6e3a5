// All faults, in the order of the table.
import type { Fault } from "./fault.ts";
import { CLOCK } from "./clock.ts";
import { DESCRIPTORS } from "./descriptors.ts";
import { DISK_FULL } from "./disk_full.ts";
import { FIFO } from "./fifo.ts";
import { GROUPS_APART } from "./groups.ts";
import { HOSTILE_NAME } from "./hostile_name.ts";
import { KERNEL_OVERFLOW } from "./kernel_overflow.ts";
import { LINK } from "./link.ts";
import { RECEIVER_KILLED } from "./receiver_killed.ts";
import { RECEIVER_STOPPED } from "./receiver_stopped.ts";
import { RELAY_KILLED } from "./relay_killed.ts";
import { SENDER_KILLED } from "./sender_killed.ts";
import { TERMINATED } from "./terminated.ts";
import { TWO_SENDERS } from "./two_senders.ts";

/** Every fault. */
export const FAULTS: readonly Fault[] = [
  ...RECEIVER_KILLED,
  ...RECEIVER_STOPPED,
  ...SENDER_KILLED,
  ...LINK,
  ...FIFO,
  ...DISK_FULL,
  ...KERNEL_OVERFLOW,
  ...RELAY_KILLED,
  ...GROUPS_APART,
  ...CLOCK,
  ...TWO_SENDERS,
  ...HOSTILE_NAME,
  ...DESCRIPTORS,
  ...TERMINATED,
];
