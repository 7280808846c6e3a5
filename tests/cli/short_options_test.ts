import assert from "node:assert/strict";
import { SEND_DEFINITION } from "../../lib/cli/send_command.ts";
import { separateShortOptions } from "../../lib/cli/short_options.ts";

const CASES: readonly (readonly [args: string[], result: string[]])[] = [
  [["-uroot", "5"], ["-u", "root", "5"]],
  [["-u", "-uroot"], ["-u", "-uroot"]],
  [["-u=root"], ["-u", "=root"]],
  [["--user", "-ux", "-uy"], ["--user", "-ux", "-u", "y"]],
  [["--", "-uroot"], ["--", "-uroot"]],
  [["--user", "--", "-uroot"], ["--user", "--", "-u", "root"]],
  [["-xroot", "-h", "-", ""], ["-xroot", "-h", "-", ""]],
  [["--debug", "-u"], ["--debug", "-u"]],
];

Deno.test("separateShortOptions() parts options from values that stand behind them", () => {
  const { usage } = SEND_DEFINITION.parser;
  for (const [args, result] of CASES) {
    assert.deepEqual(separateShortOptions(usage, args), result);
  }
});
