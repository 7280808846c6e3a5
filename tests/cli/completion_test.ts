import assert from "node:assert/strict";
import { readInvocation } from "../../lib/cli/invocation.ts";
import { PROGRAMS } from "../../lib/cli/programs.ts";
import { SEND_DEFINITION } from "../../lib/cli/send_command.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { canRun, run } from "../pcap/tools.ts";

function completionScript(
  definition: (typeof PROGRAMS)[number],
  shell: string,
): string {
  const result = readInvocation(definition, ["--completion", shell]);
  assert.ok(result.kind === "completion");
  return result.text;
}

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test({
    name: `completion scripts are ones that ${shell} takes`,
    ignore: !canRun(shell),
    fn: async () => {
      using directory = openTempDir();
      for (const definition of PROGRAMS) {
        const file = directory.join(`${definition.name}.${shell}`);
        await Deno.writeTextFile(file, completionScript(definition, shell));
        const { code, stderr } = await run(shell, "-n", file);
        assert.equal(code, 0, stderr);
      }
    },
  });
}

/** Makes a command `nflog-zmq-send` that runs the real parser, and its completion script; gives the script's path. */
async function installProgram(
  directory: string,
  shell: string,
): Promise<string> {
  const module = new URL("./completing_program.ts", import.meta.url).pathname;
  const deno = `"${Deno.execPath()}" run --quiet --no-prompt`;
  await Deno.writeTextFile(
    `${directory}/nflog-zmq-send`,
    `#!/bin/sh\nexec ${deno} "${module}" "$@"\n`,
    { mode: 0o755 },
  );
  const script = `${directory}/completion.${shell}`;
  await Deno.writeTextFile(script, completionScript(SEND_DEFINITION, shell));
  return script;
}

const LIBNFLOG = [
  "--libnflog-nlbufsiz",
  "--libnflog-qthresh",
  "--libnflog-timeout",
];

Deno.test("bash completes options and keywords", async () => {
  using directory = openTempDir();
  const script = await installProgram(directory.path, "bash");
  const complete = async (...words: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await run(
      "bash",
      "-c",
      `PATH='${directory.path}':$PATH; source '${script}'
      COMP_WORDS=(nflog-zmq-send ${words.join(" ")})
      COMP_CWORD=${words.length}
      COMP_LINE="\${COMP_WORDS[*]}"; COMP_POINT=\${#COMP_LINE}
      name=$(complete -p nflog-zmq-send | sed 's/.*-F \\([^ ]*\\).*/\\1/')
      "$name" nflog-zmq-send "\${COMP_WORDS[COMP_CWORD]}" x
      printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
    assert.equal(code, 0, stderr);
    return stdout.trim().split("\n").map((line) => line.trim()).sort();
  };
  assert.deepEqual(await complete("--libnflog-"), LIBNFLOG);
  assert.deepEqual(await complete("--log-format", "j"), ["json"]);
});

Deno.test({
  name: "fish completes options and keywords",
  ignore: !canRun("fish"),
  fn: async () => {
    using directory = openTempDir();
    const script = await installProgram(directory.path, "fish");
    const complete = async (line: string): Promise<string[]> => {
      const { code, stdout, stderr } = await run(
        "fish",
        "--no-config",
        "-c",
        `set -x PATH '${directory.path}' $PATH; source '${script}'; complete -C '${line}'`,
      );
      assert.equal(code, 0, stderr);
      return stdout.trim().split("\n").map((row) => row.split("\t")[0] ?? "")
        .sort();
    };
    const options = await complete("nflog-zmq-send --libnflog-");
    assert.deepEqual(options, LIBNFLOG);
    const formats = await complete("nflog-zmq-send --log-format j");
    assert.deepEqual(formats, ["json"]);
  },
});
