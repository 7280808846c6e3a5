import assert from "node:assert/strict";
import { PullSocket } from "../../lib/zmq/pull_socket.ts";
import { PullStream } from "../../lib/zmq/pull_stream.ts";
import { PushStream } from "../../lib/zmq/push_stream.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { within } from "../helpers/within.ts";

const ANY_PORT = "tcp://127.0.0.1:*";

function numbered(count: number): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: count }, (_, number) => {
    const bytes = new Uint8Array(1000);
    new DataView(bytes.buffer).setUint32(0, number);
    return bytes;
  });
}

function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

Deno.test("a pipe of streams delivers every message, in order, over tcp and ipc", async () => {
  using directory = openTempDir();
  for (const bind of [ANY_PORT, `ipc://${directory.join("socket")}`]) {
    await using pull = new PullStream({ bind });
    await using push = new PushStream({ connect: pull.endpoints });
    // Not closed at the end: what a full receiver has not read yet goes with its connection.
    const sent = ReadableStream.from(numbered(3000))
      .pipeTo(push.writable, { preventClose: true });
    const numbers: number[] = [];
    for await (const message of pull.readable) {
      numbers.push(numberOf(message));
      if (numbers.length === 3000) break;
    }
    await sent;
    assert.deepEqual(numbers, Array.from({ length: 3000 }, (_, n) => n));
  }
});

Deno.test("a push stream waits while nobody takes its messages, and goes on when somebody does", async () => {
  await using push = new PushStream({ bind: ANY_PORT, sendHighWaterMark: 2 });
  const writer = push.writable.getWriter();
  let written = 0;
  const writing = (async () => {
    for (const message of numbered(50)) {
      await writer.write(message);
      written++;
    }
  })();
  const [connect = ""] = push.endpoints;
  assert.equal(written, 0);
  await using pull = new PullStream({ connect });
  const numbers: number[] = [];
  for await (const message of pull.readable) {
    numbers.push(numberOf(message));
    if (numbers.length === 50) break;
  }
  await within(writing, () => "the writes");
  assert.equal(new Set(numbers).size, 50);
});

Deno.test("aborting a push stream ends a write that waits", async () => {
  await using push = new PushStream({ bind: ANY_PORT });
  const writer = push.writable.getWriter();
  const write = writer.write(Uint8Array.of(1));
  const reason = new Error("enough");
  const aborted = writer.abort(reason);
  await assert.rejects(within(write, () => "the write"));
  await within(aborted, () => "the abort");
});

Deno.test("disposing of a push stream makes a write that waits fail", async () => {
  const push = new PushStream({ bind: ANY_PORT });
  const writer = push.writable.getWriter();
  const failed = assert.rejects(
    writer.write(Uint8Array.of(1)),
    /the socket is closed/,
  );
  await push[Symbol.asyncDispose]();
  await within(failed, () => "the write");
  await assert.rejects(writer.closed);
});

Deno.test("closing a push stream hands over what was sent", async () => {
  await using pull = new PullStream({ bind: ANY_PORT });
  const push = new PushStream({ connect: pull.endpoints });
  const writer = push.writable.getWriter();
  for (const message of numbered(100)) await writer.write(message);
  await writer.close();
  const reader = pull.readable.getReader();
  for (let number = 0; number < 100; number++) {
    const { value = new Uint8Array(4) } = await reader.read();
    assert.equal(numberOf(value), number);
  }
  await push[Symbol.asyncDispose]();
});

Deno.test("disposing of a pull stream ends it, and cancelling it closes the socket", async () => {
  const pull = new PullStream({ bind: ANY_PORT });
  const reading = pull.readable.getReader().read();
  await pull[Symbol.asyncDispose]();
  assert.equal((await within(reading, () => "the end")).done, true);
  await pull[Symbol.asyncDispose]();

  const other = new PullStream({ bind: ANY_PORT });
  const [bind = ""] = other.endpoints;
  await other.readable.cancel();
  // Its port is free again.
  await using context = ZmqContext.open();
  using socket = PullSocket.open(context);
  assert.equal(socket.bind(bind), bind);
});

Deno.test("streams refuse bad endpoints and options, and leave nothing open", () => {
  assert.throws(() => new PullStream({ bind: "nowhere" }), SyntaxError);
  assert.throws(() => new PushStream({ connect: "tcp://host" }), SyntaxError);
  assert.throws(
    () => new PushStream({ connect: [], sendHighWaterMark: -1 }),
    RangeError,
  );
});
