import type { ValueParser } from "@optique/core/valueparser";
import { quoteValue } from "../escape_text.ts";
import { valueParser } from "./value_parser.ts";

/** Whom to become; both are names or decimal numbers, looked up by whoever changes the user. */
export interface UserName {
  /** The user. */
  readonly user: string;
  /** The group; undefined for the user's own. */
  readonly group: string | undefined;
}

/**
 * A user, and perhaps a group: `nobody`, `nobody:nogroup`, `65534:65534`.
 *
 * @returns The parser.
 */
export function userName(): ValueParser<"sync", UserName> {
  return valueParser({
    metavar: "NAME[:GROUP]",
    placeholder: { user: "nobody", group: undefined },
    read: parseUserName,
    format: ({ user, group }) =>
      group === undefined ? user : `${user}:${group}`,
  });
}

/**
 * Reads a user and perhaps a group, without looking them up.
 *
 * @param input What was written.
 * @returns Both.
 * @throws {SyntaxError} If one is missing or has characters that no name has.
 */
export function parseUserName(input: string): UserName {
  const [user = "", group, ...rest] = input.split(":");
  // What useradd(8) and systemd take at most; a name that starts with a dash would be an option that lost its value.
  const name = /^[a-z0-9_.][a-z0-9_.@\\-]*\$?$/i;
  const valid = rest.length === 0 && name.test(user) &&
    (group === undefined || name.test(group));
  if (valid) return { user, group };
  throw new SyntaxError(
    `Cannot use user ${
      quoteValue(input)
    }: write a user's name or number, such as nobody, or with a group, such as nobody:nogroup`,
  );
}
