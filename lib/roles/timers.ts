/** Ends what a timer would do. */
export type CancelTimer = () => void;

/** Does things later; a fake of it serves in tests. */
export interface Timers {
  /** Does something once, after some milliseconds. */
  after(milliseconds: number, run: () => void): CancelTimer;
  /** Does something again and again, every so many milliseconds. */
  every(milliseconds: number, run: () => void): CancelTimer;
}

/** The runtime's own timers. */
export const TIMERS: Timers = {
  after(milliseconds, run): CancelTimer {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  every(milliseconds, run): CancelTimer {
    const timer = setInterval(run, milliseconds);
    return () => clearInterval(timer);
  },
};
