import type { AccessGuard } from "./access_guard.ts";
import { HttpError } from "./http_error.ts";
import type { HttpHandler } from "./message.ts";

/** Who answers what, by path. */
export type Routes = Readonly<Record<string, HttpHandler>>;

/**
 * Makes a handler of handlers.
 *
 * @param routes Who answers what.
 * @param guard Decides who is answered, before anything else is looked at.
 * @returns Answers those requests, and no others.
 */
export function handleRoutes(routes: Routes, guard: AccessGuard): HttpHandler {
  return async (request) => {
    await guard.check(request);
    const handler = Object.hasOwn(routes, request.path)
      ? routes[request.path]
      : undefined;
    if (handler !== undefined) return await handler(request);
    const paths = Object.keys(routes).join(", ");
    throw new HttpError(404, `Cannot find that here; there are ${paths}`);
  };
}
