import { type Browser, chromium } from "playwright-core";

/** Where Debian and others have it. */
const CHROMIUM = "/usr/bin/chromium";

/** Whether there is a browser here; says so once when there is none. */
export const HAS_BROWSER = ((): boolean => {
  try {
    return Deno.statSync(CHROMIUM).isFile;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    // deno-lint-ignore no-console -- a left-out test says why
    console.error(`ignored: tests of the page, as there is no ${CHROMIUM}`);
    return false;
  }
})();

/**
 * Starts a browser without a window.
 *
 * @returns The browser; the caller disposes of it, and with it of all its pages.
 */
export async function openBrowser(): Promise<Browser & AsyncDisposable> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    // The pages are ours, and root has no sandbox to be in.
    args: ["--no-sandbox", "--disable-gpu"],
  });
  return Object.assign(browser, {
    [Symbol.asyncDispose]: () => browser.close(),
  });
}
