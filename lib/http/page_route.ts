import type { Routes } from "./routes.ts";

/**
 * Answers with the page: `/`.
 *
 * @returns Who answers what.
 */
export async function pageRoute(): Promise<Routes> {
  const page = await import("./page.html", { with: { type: "text" } });
  const body: string = page.default;
  const policy = await policyOf(body);
  return {
    "/": () => ({
      status: 200,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
      },
      body,
    }),
  };
}

/** Lets the page run its own script and use its own styles, talk to this server, and nothing else. */
async function policyOf(page: string): Promise<string> {
  const [script, style] = await Promise.all([
    hashOf(page, "script"),
    hashOf(page, "style"),
  ]);
  return [
    "default-src 'none'",
    `script-src ${script}`,
    `style-src ${style}`,
    "img-src data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

async function hashOf(page: string, element: string): Promise<string> {
  const start = page.indexOf(`<${element}>`) + element.length + 2;
  const content = page.slice(start, page.indexOf(`</${element}>`, start));
  const bytes = new TextEncoder().encode(content);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `'sha256-${btoa(String.fromCharCode(...hash))}'`;
}
