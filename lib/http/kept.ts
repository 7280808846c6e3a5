/**
 * Keeps what was made for a short time, so that clients who ask again and again cost no more than one who asks now and then.
 *
 * @param make Makes it.
 * @param options How long it is good for, in milliseconds, and a clock that nobody sets.
 * @returns Gives what was made last, or makes it.
 */
export function keep<T>(
  make: () => T,
  { age, monotonic }: { age: number; monotonic: () => number },
): () => T {
  let kept: { value: T; madeAt: number } | undefined;
  return () => {
    const now = monotonic();
    if (kept === undefined || now - kept.madeAt >= age) {
      kept = { value: make(), madeAt: now };
    }
    return kept.value;
  };
}
