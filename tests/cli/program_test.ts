import assert from "node:assert/strict";
import { runProgram } from "../../lib/cli/program.ts";
import {
  type KeygenCommand,
  SEND_DEFINITION,
  type SendCommand,
} from "../../lib/cli/send_command.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";

const ARGS = ["5", "tcp://ids:5555"];

/** Runs the sender's command line with `run` in place of the sender. */
async function tryProgram(
  args: readonly string[],
  run: (command: SendCommand | KeygenCommand) => Promise<void> | void = () =>
    undefined,
): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await runProgram(SEND_DEFINITION, {
    args,
    stdout: (text) => out += text,
    stderr: (text) => err += text,
    columns: 80,
    libraries: () => ({ libzmq: "4.3.5" }),
  }, run);
  return { code, out, err };
}

/** A run that fails with `error`. */
function failing(error: unknown): () => Promise<void> {
  return () => Promise.reject(error);
}

Deno.test("runProgram() runs the command and exits with 0", async () => {
  const commands: (SendCommand | KeygenCommand)[] = [];
  const result = await tryProgram(
    ARGS,
    (command) => void commands.push(command),
  );
  assert.deepEqual(result, { code: 0, out: "", err: "" });
  assert.equal(commands[0]?.kind, "send");
});

Deno.test("runProgram() prints help, version and completion on standard output", async () => {
  const never = (): void => assert.fail("the command ran");
  const help = await tryProgram(["--help"], never);
  assert.equal(help.code, 0);
  assert.match(help.out, /^Sends the packets[^]*Usage: nflog-zmq-send /);
  assert.match(help.out, /[^\n]\n$/);
  const version = await tryProgram(["--version"], never);
  assert.equal(version.code, 0);
  assert.match(
    version.out,
    /^nflog-zmq-send \d+\.\d+\.\d+ \(.*\)\nlibzmq 4\.3\.5\n$/,
  );
  const completion = await tryProgram(["--completion", "bash"], never);
  assert.equal(completion.code, 0);
  assert.match(completion.out, /complete .*nflog-zmq-send/);
  assert.equal(help.err + version.err + completion.err, "");
});

Deno.test("runProgram() exits with 2 and one line when the command line is wrong", async () => {
  assert.deepEqual(await tryProgram(["5"]), {
    code: 2,
    out: "",
    err: "nflog-zmq-send: ENDPOINT is missing (see nflog-zmq-send --help)\n",
  });
  const late = await tryProgram(ARGS, failing(new UsageError("There is no x")));
  assert.deepEqual(late, {
    code: 2,
    out: "",
    err: "nflog-zmq-send: There is no x (see nflog-zmq-send --help)\n",
  });
});

Deno.test("runProgram() exits with 1 and one line when the command fails", async () => {
  const error = new Error("Cannot bind group 5:\n  EPERM\u001b[2J", {
    cause: new TypeError("why"),
  });
  assert.deepEqual(await tryProgram(ARGS, failing(error)), {
    code: 1,
    out: "",
    err: "nflog-zmq-send: Cannot bind group 5:; EPERM\\u001b[2J\n",
  });
  const thrown = await tryProgram(ARGS, () => {
    throw new RangeError();
  });
  assert.deepEqual(thrown, {
    code: 1,
    out: "",
    err: "nflog-zmq-send: RangeError\n",
  });
  const odd = await tryProgram(ARGS, failing(undefined));
  assert.equal(odd.err, "nflog-zmq-send: undefined\n");
});

Deno.test("runProgram() shows stacks with --debug, causes included", async () => {
  const error = new Error("outer", { cause: new TypeError("inner\u001b") });
  const { code, err } = await tryProgram(["--debug", ...ARGS], failing(error));
  assert.equal(code, 1);
  assert.match(err, /^nflog-zmq-send: outer\nError: outer\n {4}at /);
  assert.match(err, /\nCaused by: TypeError: inner\\u001b\n {4}at /);
});
