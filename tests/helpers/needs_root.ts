const printed = new Set<string>();

/**
 * Tells whether a test must be left out since this user is not root, and prints
 * why, once for each reason. For the `ignore` of a test.
 *
 * @param reason What only root can do.
 * @returns Whether to leave it out.
 */
export function needsRoot(reason: string): boolean {
  if (Deno.uid() === 0) return false;
  if (!printed.has(reason)) {
    printed.add(reason);
    // deno-lint-ignore no-console -- a test that is left out must say why
    console.error(`Some tests are left out, as only root can ${reason}`);
  }
  return true;
}
