// What a programmer finds in mod.ts: each class and function with an example of its own, and nothing that JSR would refuse.
import assert from "node:assert/strict";
import { runCommand } from "./helpers/process.ts";

const TOP = new URL("../", import.meta.url).pathname;

/** What nobody makes or calls by itself: errors, and what other exports give. */
const GIVEN: readonly string[] = [
  "BindError",
  "FrameError",
  "Nflog",
  "NflogOverflowError",
  "NflogPacket",
  "PcapError",
];

/** What `deno doc --json` says of an export, in the forms of several Denos. */
interface Documented {
  name: string;
  kind?: string;
  jsDoc?: Comment;
  declarations?: { kind: string; jsDoc?: Comment }[];
}

interface Comment {
  tags?: { kind: string; doc?: string }[];
}

function deno(...args: string[]): Promise<string> {
  const script = 'cd "$0" && exec "$@"';
  const all = ["-c", script, TOP, Deno.execPath(), ...args];
  return runCommand({ program: "sh", args: all });
}

/** Titles of the examples of each exported class and function. */
async function listExamples(): Promise<Map<string, string[]>> {
  const { nodes } = JSON.parse(await deno("doc", "--json", "mod.ts"));
  const documented: Documented[] = Array.isArray(nodes)
    ? nodes
    : Object.values<{ symbols: Documented[] }>(nodes)
      .flatMap(({ symbols }) => symbols);
  const examples = new Map<string, string[]>();
  for (const { name, declarations, ...own } of documented) {
    for (const { kind, jsDoc } of declarations ?? [own]) {
      if (kind !== "class" && kind !== "function") continue;
      const titles = (jsDoc?.tags ?? []).filter((tag) => tag.kind === "example")
        .map(({ doc = "" }) => doc.split("\n")[0] ?? "");
      examples.set(name, titles);
    }
  }
  return examples;
}

Deno.test("every public class and function has an example with a title", async () => {
  const examples = await listExamples();
  assert(examples.has("openNflog") && examples.has("PcapngEncoderStream"));
  for (const name of GIVEN) assert(examples.delete(name), name);
  const bare = [...examples].filter(([, titles]) =>
    titles.length === 0 || titles.some((title) => /^(```|$)/.test(title))
  );
  assert.deepEqual(bare.map(([name]) => name), []);
});

Deno.test("the package could be published: no slow types, and nothing but what it is made of", async () => {
  const script = 'cd "$0" && exec "$@" 2>&1';
  const publish = [Deno.execPath(), "publish", "--dry-run", "--allow-dirty"];
  const said = await runCommand({
    program: "sh",
    args: ["-c", script, TOP, ...publish],
  });
  // A slow type ends it.
  assert.match(said, /slow types in the public API/);
  assert.match(said, /Dry run complete/);
  assert.match(said, /\/mod\.ts /);
  assert.doesNotMatch(said, /\/(tests|node_modules|coverage|\.tools)\//);
});
