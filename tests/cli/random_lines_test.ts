import assert from "node:assert/strict";
import { readInvocation } from "../../lib/cli/invocation.ts";
import { PROGRAMS } from "../../lib/cli/programs.ts";
import { describeCommand } from "../../lib/cli/help_page.ts";

const LINES_PER_PROGRAM = 150;
const MOST_WORDS = 7;

/** Values that are good for some option, bad for most, or hostile. */
const VALUES = [
  ..."5|0|-1|1.5|64MiB|200ms|now|-5m|tcp://ids:5555|tcp://*:5555|ipc:///run/q|pcap:-|-|--|=|nobody:nogroup|json|us"
    .split("|"),
  ..."|\u0000|\u001b[2J|a\nb|🙂|\ud800|--=|---|-|tcp://|__proto__|constructor|9999999999999999999"
    .split("|"),
];

/** A generator of numbers that gives the same ones every time (Park and Miller's). */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = state * 48271 % 2147483647;
    return state % below;
  };
}

Deno.test("readInvocation() makes a command or one line of whatever it is given", () => {
  const seen = new Set<string>();
  for (const [index, definition] of PROGRAMS.entries()) {
    const random = makeRandom(index + 1);
    const names = describeCommand(definition).sections
      .flatMap(({ entries }) => entries)
      .flatMap(({ term }) => term.type === "option" ? term.names : []);
    const pick = (): string => {
      const name = names[random(names.length)] ?? "";
      const value = VALUES[random(VALUES.length)] ?? "";
      return [name, value, `${name}=${value}`, `${name}${value}`, value][
        random(5)
      ] ?? "";
    };
    for (let line = 0; line < LINES_PER_PROGRAM; line++) {
      const args = Array.from({ length: random(MOST_WORDS) }, pick);
      const result = readInvocation(definition, args);
      seen.add(result.kind);
      if (result.kind !== "usage") continue;
      assert.notEqual(result.message, "", JSON.stringify(args));
      assert.doesNotMatch(result.message, /[\p{Cc}\p{Cs}]/u);
    }
  }
  for (const kind of ["run", "usage", "help", "version"]) {
    assert.ok(seen.has(kind), `no line asked for ${kind}`);
  }
});
