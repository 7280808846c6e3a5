import assert from "node:assert/strict";
import { NotifySocket } from "../../lib/libc/notify_socket.ts";
import { RunningProcess } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";

/** A service manager's end of the socket: prints what it is sent. */
async function listen(address: string): Promise<RunningProcess> {
  const listener = new RunningProcess({
    program: "socat",
    args: ["-d", "-d", "-u", address, "STDOUT"],
  });
  await listener.waitForLine(/starting data transfer loop/);
  return listener;
}

Deno.test("NotifySocket.send() reaches a socket in the file system", async () => {
  using directory = openTempDir();
  const path = directory.join("notify");
  await using listener = await listen(`UNIX-RECV:${path}`);
  using socket = NotifySocket.open(path);
  assert.equal(socket.send("READY=1\nSTATUS=Zur Prüfung\n"), true);
  await listener.waitForLine(/^STATUS=Zur Prüfung$/, { from: "stdout" });
  assert.match(listener.stdoutText, /^READY=1\n/);
});

Deno.test("NotifySocket.send() reaches an abstract socket", async () => {
  const name = `nflog-test-${crypto.randomUUID()}`;
  await using listener = await listen(`ABSTRACT-RECV:${name}`);
  using socket = NotifySocket.open(`@${name}`);
  assert.equal(socket.send("WATCHDOG=1\n"), true);
  await listener.waitForLine(/^WATCHDOG=1$/, { from: "stdout" });
});

Deno.test("NotifySocket.send() says when nobody listens, and goes on", () => {
  const socket = NotifySocket.open("/nonexistent/notify");
  assert.equal(socket.send("READY=1"), false);
  socket[Symbol.dispose]();
  socket[Symbol.dispose]();
  assert.equal(socket.send("READY=1"), false);
});

Deno.test("NotifySocket.open() refuses what is no address of a socket", () => {
  for (const name of ["", "notify", "vsock:2:1234"]) {
    assert.throws(
      () => NotifySocket.open(name),
      /^RangeError: Cannot notify ".*": it is neither a path nor an abstract socket$/,
    );
  }
  assert.throws(
    () => NotifySocket.open(`/${"x".repeat(107)}`),
    /longer than a socket's name$/,
  );
  NotifySocket.open(`@${"x".repeat(107)}`)[Symbol.dispose]();
});
