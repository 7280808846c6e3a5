import type { GroupTotals } from "../packet.ts";
import { GROUP_TOTALS } from "./constants.ts";
import { getCount, setCount } from "./count.ts";

/**
 * Writes the totals of one group.
 *
 * @param group NFLOG group.
 * @param totals Its totals.
 * @param view Where to; 64 bytes are written.
 * @param offset Where in it, in bytes.
 */
export function encodeGroupTotals(
  [group, totals]: readonly [number, GroupTotals],
  view: DataView,
  offset: number,
): void {
  view.setUint32(offset + GROUP_TOTALS.GROUP, group, true);
  view.setUint32(offset + GROUP_TOTALS.GROUP + 4, 0, true);
  setCount(view, offset + GROUP_TOTALS.CAPTURED, totals.captured);
  setCount(view, offset + GROUP_TOTALS.CAPTURED_BYTES, totals.captured_bytes);
  setCount(view, offset + GROUP_TOTALS.OWN_DROPPED, totals.own_dropped);
  setCount(view, offset + GROUP_TOTALS.KERNEL_DROPPED, totals.kernel_dropped);
  setCount(view, offset + GROUP_TOTALS.RATE_DROPPED, totals.rate_dropped);
  setCount(view, offset + GROUP_TOTALS.QUEUE_DROPPED, totals.queue_dropped);
  setCount(view, offset + GROUP_TOTALS.SENT, totals.sent);
}

/**
 * Reads the totals of one group.
 *
 * @param view Where from; 64 bytes are read.
 * @param offset Where in it, in bytes.
 * @returns The group and its totals.
 * @throws {FrameError} If a count is 2^53 or more.
 */
export function decodeGroupTotals(
  view: DataView,
  offset: number,
): [number, GroupTotals] {
  return [view.getUint32(offset + GROUP_TOTALS.GROUP, true) & 0xffff, {
    captured: getCount(view, offset + GROUP_TOTALS.CAPTURED),
    captured_bytes: getCount(view, offset + GROUP_TOTALS.CAPTURED_BYTES),
    own_dropped: getCount(view, offset + GROUP_TOTALS.OWN_DROPPED),
    kernel_dropped: getCount(view, offset + GROUP_TOTALS.KERNEL_DROPPED),
    rate_dropped: getCount(view, offset + GROUP_TOTALS.RATE_DROPPED),
    queue_dropped: getCount(view, offset + GROUP_TOTALS.QUEUE_DROPPED),
    sent: getCount(view, offset + GROUP_TOTALS.SENT),
  }];
}
