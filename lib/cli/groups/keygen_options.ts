import { object } from "@optique/core/constructs";
import type { Parser } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import { text } from "@optique/core/message";
import { type OptionGroup, optionGroup } from "../command.ts";
import { filePath } from "../values/mod.ts";

/** Where a new key pair goes. */
export interface KeygenSettings {
  /** Path that the names of both files begin with. */
  readonly prefix: string;
}

const prefix: Parser<"sync", string, unknown> = option(
  "--keygen",
  filePath({ metavar: "PREFIX" }),
  {
    description: [
      text(
        "Write a new CURVE key pair, PREFIX.key (secret, mode 0600) and PREFIX.pub, and end.",
      ),
    ],
  },
);

/** The option that is a way of its own to call the sender: `--keygen`. */
export const keygenOptions: OptionGroup<KeygenSettings> = optionGroup(
  object({ prefix }),
  (settings) => settings,
);
