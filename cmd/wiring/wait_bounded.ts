import type { Poller } from "../../lib/libc/poller.ts";

/**
 * Waits until a descriptor is readable, is forgotten by the poller, or a time is over.
 *
 * @param poller Waits.
 * @param descriptor The descriptor.
 * @param bound Milliseconds to wait at most.
 */
export async function waitBounded(
  poller: Poller,
  descriptor: number,
  bound: number,
): Promise<void> {
  const timer = setTimeout(() => poller.forget(descriptor), bound);
  try {
    await poller.wait(descriptor, "read");
  } finally {
    clearTimeout(timer);
  }
}
