/** The command line is not one that the program takes; the message says what is wrong and what would be right, on one line. */
export class UsageError extends Error {
  /**
   * Makes the error.
   *
   * @param message What is wrong.
   * @param options The cause, where there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UsageError";
  }
}
