/** Waits for some milliseconds. */
export type Pause = (milliseconds: number) => Promise<void>;

/**
 * Waits for some milliseconds, by a timer.
 *
 * @param milliseconds How long.
 */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
