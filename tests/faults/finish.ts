// The end of a scenario that went on after its fault: everybody stops as an operator stops them.
import type { Stats } from "../helpers/programs.ts";
import type { Run } from "./run.ts";

/**
 * Ends senders, then the receiver once it has heard of all that they sent.
 *
 * @param senders The senders.
 * @param receiver The receiver.
 * @returns What the receiver counted.
 */
export async function finish(
  senders: readonly Run[],
  receiver: Run,
): Promise<Stats> {
  for (const sender of senders) await sender.stop();
  for (const { stats } of senders) {
    if (stats !== undefined) await hearing(receiver, stats);
  }
  return await receiver.stop();
}

/** Waits until a receiver knows of all that a sender sent; what did not arrive it learns with the last totals. */
export async function hearing(receiver: Run, sent: Stats): Promise<void> {
  const total = sent.totals["sent"] ?? NaN;
  await receiver.until((_, { sensors = {} }) =>
    Object.entries(sensors).some(([key, sensor]) =>
      key.endsWith(`/${sent.instance}`) && (sensor["sent"] ?? 0) >= total
    )
  );
}
