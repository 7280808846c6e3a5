/** How programs end: all went well, something failed, or the command line is not one they take. */
export const EXIT_CODE = { DONE: 0, FAILURE: 1, USAGE: 2 } as const;

/** One of {@linkcode EXIT_CODE}. */
export type ExitCode = typeof EXIT_CODE[keyof typeof EXIT_CODE];
