/** A request that is not answered as asked, and why. */
export class HttpError extends Error {
  /** The class's name. */
  override name = "HttpError";
  /** Status of the answer, 400 to 599. */
  readonly status: number;
  /** Headers of the answer beside the usual ones. */
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status Status of the answer, 400 to 599.
   * @param message What the client is told.
   * @param headers Headers of the answer beside the usual ones.
   */
  constructor(
    status: number,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
