import { object } from "@optique/core/constructs";
import { type OptionGroup, optionGroup } from "./command.ts";
import {
  defaultedOption,
  switchOption,
  valueOption,
} from "./declare_option.ts";
import { filePath, keyword, type UserName, userName } from "./values/mod.ts";

/** How log lines are written: for people, or one JSON object a line. */
export type LogFormat = "text" | "json";

/** What every program can be told. */
export interface CommonSettings {
  /** How log lines are written. @default {"text"} */
  readonly logFormat: LogFormat;
  /** Whether debugging lines are logged, and errors come with their stack. @default {false} */
  readonly debug: boolean;
}

/** What every program that counts packets can be told. */
export interface StatsSettings {
  /** Where the totals are written as JSON at exit and on SIGUSR1. */
  readonly statsFile: string | undefined;
}

/** What every program that can give up its rights can be told. */
export interface PrivilegeSettings {
  /** Whom to become once everything is open. */
  readonly user: UserName | undefined;
}

/** Defaults of {@linkcode commonOptions}. */
export const COMMON_DEFAULTS: CommonSettings = {
  logFormat: "text",
  debug: false,
};

/** Options of every program: `--log-format`, `--debug`. */
export const commonOptions: OptionGroup<CommonSettings> = optionGroup(
  object("General", {
    logFormat: defaultedOption(["--log-format"], {
      value: keyword<LogFormat>({ text: "text", json: "json" }),
      fallback: COMMON_DEFAULTS.logFormat,
      help:
        "How log lines on standard error are written: for people, or one JSON object a line.",
    }),
    debug: switchOption(
      ["--debug"],
      "Log what is done in detail, and the stack of an error that ends the program.",
    ),
  }),
  (settings) => settings,
);

/** Options of the programs that count packets: `--stats-json`. */
export const statsOptions: OptionGroup<StatsSettings> = optionGroup(
  object("Totals", {
    statsFile: valueOption(["--stats-json"], {
      value: filePath(),
      help:
        "Write the totals to FILE as one JSON object, at exit and on SIGUSR1; the file is replaced whole.",
    }),
  }),
  (settings) => settings,
);

/** Options of the programs that start as root: `--user`. */
export const privilegeOptions: OptionGroup<PrivilegeSettings> = optionGroup(
  object("Privileges", {
    user: valueOption(["-u", "--user"], {
      value: userName(),
      help:
        "Become this user, and this group or else the user's own, once everything is open. Names or numbers.",
    }),
  }),
  (settings) => settings,
);
