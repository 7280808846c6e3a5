import type { CommandDefinition } from "./command.ts";

/** Name of the program that is all programs. */
export const EVERYTHING = "nflog-zmq";

/** Names of the programs in it, in the order in which documentation lists them. */
export const ROLES: readonly string[] = [
  "nflog-zmq-send",
  "nflog-pcap-recv",
  "nflog-zmq-compress",
  "nflog-zmq-decompress",
  "nflog-pcap-query",
  "nflog-pcap-dump",
  "nflog-extcap",
];

/** What the program that is all programs is asked for. */
export type Call =
  /** To be one of them. */
  | {
    readonly kind: "run";
    readonly name: string;
    readonly args: readonly string[];
  }
  /** To say something about itself. */
  | { readonly kind: "help" | "version" }
  /** Something it does not know. */
  | { readonly kind: "usage"; readonly message: string };

/** What a program is called for short: the last word of its name. */
function shortName(name: string): string {
  return name.slice(name.lastIndexOf("-") + 1);
}

/**
 * Finds out which program to be: by the name it is called by, or else by the first argument.
 *
 * @param calledAs The name or path it is called by.
 * @param args Its arguments.
 * @returns What it is asked for.
 */
export function readCall(calledAs: string, args: readonly string[]): Call {
  const own = calledAs.slice(calledAs.lastIndexOf("/") + 1);
  if (ROLES.includes(own)) return { kind: "run", name: own, args };
  const [first, ...rest] = args;
  switch (first) {
    case undefined:
      return { kind: "usage", message: `say which: ${listRoles()}` };
    case "-h":
    case "--help":
      return { kind: "help" };
    case "--version":
      return { kind: "version" };
  }
  const name = ROLES.find((role) =>
    first === role || first === shortName(role)
  );
  if (name !== undefined) return { kind: "run", name, args: rest };
  return {
    kind: "usage",
    message: `Cannot be ${JSON.stringify(first)}: choose ${listRoles()}`,
  };
}

function listRoles(): string {
  return ROLES.map(shortName).join(", ");
}

/**
 * Writes the help page.
 *
 * @param definitions The programs in it.
 * @returns The page, with a line break at its end.
 */
export function formatRoles(
  definitions: readonly CommandDefinition<unknown>[],
): string {
  const width = Math.max(
    ...definitions.map(({ name }) => shortName(name).length),
  );
  return [
    `Usage: ${EVERYTHING} ROLE [arguments]`,
    "",
    "All programs in one. It is the one whose name it is called by, through a link, or else the one that its first argument names:",
    "",
    ...definitions.map(({ name, brief }) =>
      `  ${shortName(name).padEnd(width)}  ${brief}`
    ),
    "",
    `${EVERYTHING} ROLE --help says more.`,
    "",
  ].join("\n");
}
