/** A filter that libpcap refuses. */
export class FilterError extends SyntaxError {
  /**
   * Makes the error.
   *
   * @param reason libpcap's own message.
   */
  constructor(reason: string) {
    super(`Cannot use the filter: ${reason}`);
    this.name = "FilterError";
  }
}
