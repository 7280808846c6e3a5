/**
 * Makes the error for an endpoint that cannot be read.
 *
 * @param text The endpoint as given.
 * @param reason What is wrong with it.
 * @returns The error, for the caller to throw.
 */
export function endpointSyntaxError(text: string, reason: string): SyntaxError {
  return new SyntaxError(
    `Cannot use endpoint ${JSON.stringify(text)}: ${reason}`,
  );
}
