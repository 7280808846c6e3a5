// What tells the service manager how the program fares, if there is one that wants to know: systemd, for Type=notify and WatchdogSec.

import { readEnvironment } from "../../lib/libc/environment.ts";
import { NotifySocket } from "../../lib/libc/notify_socket.ts";
import type { Totals } from "../../lib/metrics/status_text.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import { ServiceNotifier } from "../../lib/roles/service_notifier.ts";
import { TIMERS } from "../../lib/roles/timers.ts";

/** What is told. */
export interface ServiceManagerOptions {
  /** Gives the totals as they are now. */
  totals: () => Totals;
  /** Told when the service manager cannot be reached. */
  logger: Logger;
}

/**
 * Finds out whether a service manager wants to know, and opens the way to it.
 *
 * @param options What is told.
 * @param stack Ends what is opened here.
 * @returns What tells it, or undefined.
 */
export function openServiceManager(
  { totals, logger }: ServiceManagerOptions,
  stack: DisposableStack,
): ServiceNotifier | undefined {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = readEnvironment([
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
  ]);
  if (!NOTIFY_SOCKET) return undefined;
  try {
    const socket = stack.use(NotifySocket.open(NOTIFY_SOCKET));
    const watchdog = Number(WATCHDOG_USEC ?? 0) / 1000;
    const watched = watchdog > 0 &&
      (WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === Deno.pid);
    return stack.use(
      new ServiceNotifier({
        send: (state) => void socket.send(state),
        totals,
        timers: TIMERS,
        monotonic: () => performance.now(),
        ...(watched && { watchdog }),
      }),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn(`No word to the service manager: ${reason}`);
    return undefined;
  }
}
