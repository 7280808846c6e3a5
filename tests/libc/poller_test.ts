import assert from "node:assert/strict";
import { EPOLL } from "../../lib/libc/constants.ts";
import { Poller } from "../../lib/libc/poller.ts";
import { TestFile } from "./test_file.ts";
import { TestPipe } from "./test_pipe.ts";

Deno.test("Poller.wait() resolves when a descriptor can be read", async () => {
  using pipe = new TestPipe();
  await using poller = Poller.open({ bound: 60_000 });
  const ready = poller.wait(pipe.reader, "read");
  pipe.write(1);
  assert.equal(await ready, EPOLL.IN);
});

Deno.test("Poller.wait() notices a descriptor that joins a wait in progress", async () => {
  using quiet = new TestPipe();
  using pipe = new TestPipe();
  await using poller = Poller.open({ bound: 60_000 });
  const other = poller.wait(quiet.reader, "read");
  assert.equal(await poller.wait(pipe.writer, "write"), EPOLL.OUT);
  poller.forget(quiet.reader);
  assert.equal(await other, 0);
});

Deno.test("Poller.wait() tells a writer that nobody reads any more", async () => {
  using pipe = new TestPipe();
  await using poller = Poller.open({ bound: 60_000 });
  const gone = poller.wait(pipe.writer, "error");
  pipe.close(pipe.reader);
  assert.equal(await gone, EPOLL.ERR);
});

Deno.test("Poller.wait() tells a reader that nobody writes any more", async () => {
  using pipe = new TestPipe();
  await using poller = Poller.open({ bound: 60_000 });
  const gone = poller.wait(pipe.reader, "read");
  pipe.close(pipe.writer);
  assert.equal(await gone, EPOLL.HUP);
});

Deno.test("Poller.wait() reports each time anew while there is something to read", async () => {
  using pipe = new TestPipe();
  await using poller = Poller.open({ bound: 60_000 });
  pipe.write(3);
  for (let turn = 0; turn < 3; turn++) {
    assert.equal(await poller.wait(pipe.reader, "read"), EPOLL.IN);
    assert.equal(pipe.read(1), 1);
  }
  assert.equal(pipe.read(1), -1);
});

Deno.test("Poller.wait() tells everybody to look again when the bound runs out, also beside a busy descriptor", async () => {
  using quiet = new TestPipe();
  using busy = new TestPipe();
  await using poller = Poller.open({ bound: 30 });
  let over = false;
  const other = poller.wait(quiet.reader, "read").then((ready) => {
    over = true;
    return ready;
  });
  while (!over) await poller.wait(busy.writer, "write");
  assert.equal(await other, 0);
});

Deno.test("Poller.wait() works on a descriptor that was closed and opened again under its number", async () => {
  await using poller = Poller.open({ bound: 60_000 });
  let first: number;
  {
    using pipe = new TestPipe();
    first = pipe.reader;
    pipe.write(1);
    assert.equal(await poller.wait(pipe.reader, "read"), EPOLL.IN);
  }
  using pipe = new TestPipe();
  assert.equal(pipe.reader, first);
  const ready = poller.wait(pipe.reader, "read");
  pipe.write(1);
  assert.equal(await ready, EPOLL.IN);
});

Deno.test("Poller.wait() refuses a second waiter and a closed descriptor", async () => {
  using pipe = new TestPipe();
  await using poller = Poller.open();
  const waiting = poller.wait(pipe.reader, "read");
  assert.throws(
    () => poller.wait(pipe.reader, "read"),
    /^TypeError: Cannot wait for descriptor \d+: somebody waits for it already$/,
  );
  assert.throws(
    () => poller.wait(-1, "read"),
    { call: "epoll_ctl", code: "EBADF" },
  );
  poller.wake();
  assert.equal(await waiting, 0);
});

Deno.test("Poller.wait() refuses a file, which is always ready", async () => {
  using libc = new TestFile();
  await using poller = Poller.open();
  assert.throws(() => poller.wait(libc.descriptor, "write"), { code: "EPERM" });
});

Deno.test("Poller.wake() ends every wait", async () => {
  using one = new TestPipe();
  using two = new TestPipe();
  await using poller = Poller.open({ bound: 60_000 });
  const waits = [
    poller.wait(one.reader, "read"),
    poller.wait(two.reader, "read"),
  ];
  poller.wake();
  assert.deepEqual(await Promise.all(waits), [0, 0]);
});

Deno.test("Poller.close() ends every wait at once and refuses new ones", async () => {
  using pipe = new TestPipe();
  const poller = Poller.open({ bound: 60_000 });
  const waiting = poller.wait(pipe.reader, "read");
  await poller.close();
  await poller.close();
  assert.equal(await waiting, 0);
  assert.throws(() => poller.wait(pipe.reader, "read"), /the poller is closed/);
});

Deno.test("Poller pauses between wake-ups that come fast, and delivers each", async () => {
  using pipe = new TestPipe();
  await using poller = Poller.open({ bound: 60_000, coalesce: 1 });
  for (let turn = 0; turn < 20; turn++) {
    pipe.write(1);
    assert.equal(await poller.wait(pipe.reader, "read"), EPOLL.IN);
    assert.equal(pipe.read(1), 1);
  }
});

Deno.test("Poller.close() ends a pause", async () => {
  using pipe = new TestPipe();
  const poller = Poller.open({ bound: 60_000, coalesce: 60_000 });
  pipe.write(1);
  await poller.wait(pipe.reader, "read");
  const waiting = poller.wait(pipe.reader, "read");
  await poller.close();
  assert.equal(await waiting, 0);
});

Deno.test("Poller.open() refuses options that are no durations", () => {
  assert.throws(() => Poller.open({ coalesce: -1 }), RangeError);
  assert.throws(() => Poller.open({ bound: Number.NaN }), RangeError);
});
