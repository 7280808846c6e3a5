// What a program tells the service manager that started it, as systemd would with Type=notify and WatchdogSec.
import assert from "node:assert/strict";
import { startProgram } from "../helpers/programs.ts";
import { openServiceManager } from "../helpers/service_manager.ts";
import { openTempDir } from "../helpers/temp_dir.ts";

Deno.test("a program says that it is ready, that it lives and that it stops", async () => {
  using directory = openTempDir();
  const path = directory.join("notify");
  await using manager = await openServiceManager(path);
  await using receiver = await startProgram(
    "recv",
    [`ipc://${directory.join("data")}`, directory.join("out.pcap")],
    { env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: "200000" } },
  );
  const from = "stdout";
  await manager.waitForLine(/^READY=1$/, { from });
  await manager.waitForLine(/^STATUS=Receiving$/, { from });
  await manager.waitForLine(/^WATCHDOG=1$/, { from });
  assert.equal((await receiver.stop()).code, 0);
  await manager.waitForLine(/^STOPPING=1$/, { from });
});

Deno.test("a program goes on when its service manager cannot be told, and says so", async () => {
  using directory = openTempDir();
  await using receiver = await startProgram(
    "recv",
    [`ipc://${directory.join("data")}`, directory.join("out.pcap")],
    { env: { NOTIFY_SOCKET: "vsock:2:1234" }, ready: /\bReceiving\b/ },
  );
  const { code, stderr } = await receiver.stop();
  assert.equal(code, 0);
  assert.match(stderr, /No word to the service manager: Cannot notify "vsock/);
});
