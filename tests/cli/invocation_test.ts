import assert from "node:assert/strict";
import { readInvocation } from "../../lib/cli/invocation.ts";
import { SEND_DEFINITION } from "../../lib/cli/send_command.ts";

function read(...args: string[]): ReturnType<typeof kindAndText> {
  return kindAndText(readInvocation(SEND_DEFINITION, args));
}

function kindAndText(
  invocation: ReturnType<typeof readInvocation>,
): { kind: string; text: string } {
  switch (invocation.kind) {
    case "run":
    case "version":
      return { kind: invocation.kind, text: "" };
    case "usage":
      return { kind: invocation.kind, text: invocation.message };
    default:
      return invocation;
  }
}

Deno.test("readInvocation() tells what is asked for", () => {
  assert.equal(read("5", "tcp://ids:5555").kind, "run");
  assert.equal(read("--version").kind, "version");
  assert.equal(read("--help").kind, "help");
  assert.equal(read("-h").kind, "help");
  assert.equal(read("5", "--help").kind, "help");
  assert.equal(read().kind, "usage");
});

Deno.test("readInvocation() gives the command with everything in it", () => {
  const invocation = readInvocation(SEND_DEFINITION, [
    "-unobody",
    "5",
    "tcp://ids:5555",
  ]);
  assert.ok(invocation.kind === "run");
  assert.ok(invocation.command.kind === "send");
  assert.deepEqual(invocation.command.user, {
    user: "nobody",
    group: undefined,
  });
});

Deno.test("readInvocation() gives a bad command line as one line", () => {
  assert.deepEqual(read("--zmq-buffer", "0", "5", "tcp://ids:5555"), {
    kind: "usage",
    text:
      '--zmq-buffer: Cannot read number "0": write a whole number from 1 to 1000000',
  });
  assert.deepEqual(read("--debg"), {
    kind: "usage",
    text: 'There is no option "--debg"; did you mean --debug?',
  });
  assert.equal(
    read("--completion").text,
    "--completion needs a value: bash|zsh|fish|nu|pwsh",
  );
  for (const args of [["--completion=csh"], ["--completion", "__proto__"]]) {
    assert.match(read(...args).text, /^--completion: Cannot use ".*": write /);
  }
});

Deno.test("readInvocation() writes help as wide as it may, 60 at least", () => {
  const widest = (columns: number): number => {
    const result = readInvocation(SEND_DEFINITION, ["--help"], { columns });
    assert.ok(result.kind === "help");
    return Math.max(...result.text.split("\n").map((line) => line.length));
  };
  assert.ok(widest(120) > 100);
  assert.ok(widest(80) <= 80);
  assert.equal(widest(1), widest(60));
});

Deno.test("readInvocation() completes options and their values", () => {
  const { kind, text } = read("--completion", "bash", "--libnflog-");
  assert.equal(kind, "completion");
  assert.match(text, /--libnflog-nlbufsiz/);
  assert.match(text, /--libnflog-timeout/);
  assert.doesNotMatch(text, /--user/);
  assert.match(read("--completion", "bash", "--log-format", "").text, /^text/);
  assert.match(read("--completion", "fish", "5", "tcp").text, /^tcp:\/\//);
  assert.match(read("--completion", "zsh", "pca").text, /pcap:/);
});
