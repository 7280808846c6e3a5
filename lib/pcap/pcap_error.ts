/** Bytes that are not what a capture file may hold. */
export class PcapError extends RangeError {
  /** Where the fault lies, in bytes from the start of the input. */
  readonly offset: number;
  readonly #fault: string;

  /**
   * Makes an error whose message ends with the place.
   *
   * @param fault What could not be done and why, as one line.
   * @param offset Where the fault lies, in bytes from the start of the input.
   */
  constructor(fault: string, offset: number) {
    super(`${fault} (at byte ${offset})`);
    this.name = "PcapError";
    this.offset = offset;
    this.#fault = fault;
  }

  /**
   * Says the same of another place, for a fault that was found in a part of the input.
   *
   * @param offset Where the fault lies in the whole input.
   * @returns A new error.
   */
  moved(offset: number): PcapError {
    return new PcapError(this.#fault, offset);
  }
}
