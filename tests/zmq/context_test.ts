import { equal, ok, throws } from "node:assert/strict";
import { ZmqContext } from "../../lib/zmq/context.ts";
import { PullSocket } from "../../lib/zmq/pull_socket.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { receiveMany, sendAll } from "./transfer.ts";

Deno.test("ZmqContext ends once, with the sockets that are open, and then makes no more", () => {
  const context = ZmqContext.open();
  const pull = PullSocket.open(context);
  pull.bind("tcp://127.0.0.1:*");
  context[Symbol.dispose]();
  context[Symbol.dispose]();
  pull[Symbol.dispose]();
  throws(() => PullSocket.open(context));
});

Deno.test("ZmqContext waits while sockets linger for an absent peer, no longer than that", async () => {
  using directory = openTempDir();
  const context = ZmqContext.open();
  const push = PushSocket.open(context, { linger: 300 });
  push.connect(`ipc://${directory.join("nobody")}`);
  push.trySend(new Uint8Array(1));
  const started = performance.now();
  const first = context[Symbol.asyncDispose]();
  const second = context[Symbol.asyncDispose]();
  context[Symbol.dispose](); // does not wait for it
  ok(performance.now() - started < 250);
  await Promise.all([first, second]);
  const took = performance.now() - started;
  ok(took >= 290 && took < 5000, `${took} ms`);
});

Deno.test("ZmqContext hands everything over before it ends, when the peer reads", async () => {
  using receiver = ZmqContext.open();
  using pull = PullSocket.open(receiver, { receiveHighWaterMark: 1000 });
  const endpoint = pull.bind("tcp://127.0.0.1:*");
  {
    await using sender = ZmqContext.open();
    const push = PushSocket.open(sender);
    push.connect(endpoint);
    equal(sendAll(push, 200), 200);
  }
  equal(receiveMany(pull, 200).at(-1), 199);
});

Deno.test("a socket whose option is out of range is not left open", () => {
  using context = ZmqContext.open();
  for (
    const options of [
      { linger: -1 },
      { sendHighWaterMark: 0 },
      { sendHighWaterMark: 2 ** 31 },
      { sendHighWaterMark: 1.5 },
      { heartbeatTimeToLive: 6_553_600 },
      { reconnectInterval: NaN },
      { keepaliveIdle: 0 },
    ]
  ) throws(() => PushSocket.open(context, options), RangeError);
  throws(() => PullSocket.open(context, { maxMessageSize: -1 }), RangeError);
  // A socket left open with the default linger would make this last.
  const started = performance.now();
  context[Symbol.dispose]();
  ok(performance.now() - started < 1000);
});

Deno.test("a program that forgets its context still ends, and one that ends it loses nothing", async () => {
  using directory = openTempDir();
  using context = ZmqContext.open();
  using pull = PullSocket.open(context, { receiveHighWaterMark: 2000 });
  const endpoint = pull.bind(`ipc://${directory.join("socket")}`);
  const root = new URL("../../lib/zmq/", import.meta.url);
  const program = (end: string): string => `
    import { ZmqContext } from "${root}context.ts";
    import { PushSocket } from "${root}push_socket.ts";
    const context = ZmqContext.open();
    const push = PushSocket.open(context);
    push.connect("${endpoint}");
    for (let i = 0; i < 250; i++) push.trySend(new Uint8Array([i]));
    ${end}`;
  for (const end of ["", "await context[Symbol.asyncDispose]();"]) {
    const file = directory.join("program.ts");
    await Deno.writeTextFile(file, program(end));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "--allow-ffi", file],
      signal: AbortSignal.timeout(20_000),
    }).output();
    ok(success, new TextDecoder().decode(stderr));
    if (end !== "") {
      // What the first one got out before it ended comes first.
      const numbers: number[] = [];
      while (numbers.at(-1) !== 249) numbers.push(...receiveMany(pull, 1));
      equal(new Set(numbers).size, 250);
    }
  }
});
