/** Bounds a wait in a test; never how long a test takes when all is well. */
export interface WaitOptions {
  /** Milliseconds after which to give up. @default {60_000} */
  timeout?: number;
}

/** A machine that does much else takes ten times as long as one that does nothing. */
const DEFAULT_TIMEOUT = 60_000;

/**
 * Waits for a promise, but not for ever.
 *
 * @param promise What to wait for.
 * @param describe Says what was waited for, for the error.
 * @param options The bound.
 * @returns What the promise gives.
 * @throws {Error} "Cannot wait any longer for ...", at the bound.
 */
export async function within<T>(
  promise: Promise<T>,
  describe: () => string,
  options: WaitOptions = {},
): Promise<T> {
  const { timeout = DEFAULT_TIMEOUT } = options;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new Error(
          `Cannot wait any longer for ${describe()}: ${timeout} ms passed`,
        ),
      );
    }, timeout);
  });
  try {
    return await Promise.race([promise, bound]);
  } finally {
    clearTimeout(timer);
  }
}
