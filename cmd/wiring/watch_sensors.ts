// Says when senders fall silent: receivers and relays do.

import type { ReceiverLedger } from "../../lib/metrics/receiver_ledger.ts";
import { SensorWatch } from "../../lib/roles/sensor_watch.ts";
import { TIMERS } from "../../lib/roles/timers.ts";
import type { Host } from "./host.ts";

/**
 * Begins to look at the senders that a ledger knows, and says who is not heard of any more.
 *
 * @param ledger Knows the senders.
 * @param host Where to say it.
 * @param stack Ends it.
 */
export function watchSensors(
  ledger: ReceiverLedger,
  { logger }: Pick<Host, "logger">,
  stack: AsyncDisposableStack,
): void {
  const monotonic = (): number => performance.now();
  stack.defer(new SensorWatch({ ledger, logger, monotonic }).start(TIMERS));
}
