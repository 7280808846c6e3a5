// Waiting for native sockets without sleeping: poll(2) until something changes, with a bound.

const POLLIN = 1;
const STEP = 50; // milliseconds until a condition is looked at again, whatever the descriptors say

/** What can be waited for. */
export interface Readable {
  readonly fd: number;
}

/**
 * Waits, blocking, until `condition` gives something other than undefined and false.
 *
 * @param sources Whose descriptors wake it up.
 * @param condition Looked at before each wait.
 * @param bound Milliseconds after which it throws.
 */
export function waitUntil<T>(
  sources: readonly Readable[],
  condition: () => T | undefined | false,
  bound = 10_000,
): T {
  using libc = openPoll();
  const started = performance.now();
  for (;;) {
    const result = condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() - started > bound) {
      throw new Error(`Nothing came within ${bound} ms`);
    }
    libc.poll(sources, STEP);
  }
}

function openPoll(): Disposable & {
  poll(sources: readonly Readable[], timeout: number): void;
} {
  const library = Deno.dlopen("libc.so.6", {
    poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  });
  return {
    poll(sources, timeout): void {
      // struct pollfd { int fd; short events; short revents; }
      const items = new Int32Array(sources.length * 2);
      sources.forEach(({ fd }, index) => {
        items[index * 2] = fd;
        items[index * 2 + 1] = POLLIN;
      });
      library.symbols.poll(items, BigInt(sources.length), timeout);
    },
    [Symbol.dispose]: () => library.close(),
  };
}
