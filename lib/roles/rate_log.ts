import type { RateChange, RateState } from "../rate/rate_control.ts";
import type { Logger } from "./logger.ts";

const MEBIBYTE = 1024 * 1024;

const MEANING: Readonly<Record<RateState, string>> = {
  pass: "frames pass as they are",
  compress: "frames are compressed",
  shed: "what is above the high watermark is dropped",
};

/**
 * Says that rate control does something else from now on. What costs packets is a warning.
 *
 * @param change What changed.
 * @param logger Where to say it.
 */
export function logRateChange(change: RateChange, logger: Logger): void {
  const { from, to, offered, output, share } = change;
  const properties = {
    from,
    to,
    offered_mib_per_second: inMebibytes(offered),
    output_mib_per_second: inMebibytes(output),
    ...(share < 1 && { share_of_flows: Number(share.toPrecision(3)) }),
  };
  const message = `Rate control: ${MEANING[to]}`;
  if (to === "shed") logger.warn(message, properties);
  else logger.info(message, properties);
}

/** For people to read. */
function inMebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE * 100) / 100;
}
