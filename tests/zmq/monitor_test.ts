import { deepEqual, equal, ok } from "node:assert/strict";
import { SocketInspector } from "../../lib/libc/socket_address.ts";
import { ZmqContext } from "../../lib/zmq/context.ts";
import {
  decodeMonitorEvent,
  type MonitorEvent,
  SocketMonitor,
} from "../../lib/zmq/monitor.ts";
import { PullSocket } from "../../lib/zmq/pull_socket.ts";
import { PushSocket } from "../../lib/zmq/push_socket.ts";
import { waitUntil } from "./waiting.ts";

Deno.test("SocketMonitor tells both ends of a connection coming and going, with descriptors that show its addresses", () => {
  using inspector = SocketInspector.open();
  using context = ZmqContext.open();
  using pull = PullSocket.open(context);
  using server = SocketMonitor.open(context, pull);
  const endpoint = pull.bind("tcp://127.0.0.1:*");
  const push = PushSocket.open(context);
  using client = SocketMonitor.open(context, push);
  push.connect(endpoint);

  deepEqual(waitFor(server, "listening").endpoint, endpoint);
  const connected = waitFor(client, "connected");
  const accepted = waitFor(server, "accepted");
  equal(connected.endpoint, endpoint);
  waitFor(server, "handshake-succeeded");
  waitFor(client, "handshake-succeeded");

  ok("fd" in connected && "fd" in accepted);
  const near = inspector.local(connected.fd);
  const far = inspector.peer(connected.fd);
  ok(near?.family === "ipv4" && far?.family === "ipv4");
  deepEqual([...near.address], [127, 0, 0, 1]);
  equal(far.port, Number(endpoint.split(":").at(-1)));
  deepEqual(inspector.peer(accepted.fd), near);
  deepEqual(inspector.local(accepted.fd), far);

  push[Symbol.dispose]();
  const gone = waitFor(server, "disconnected");
  ok("fd" in gone && gone.fd === accepted.fd);
  pull[Symbol.dispose]();
  waitFor(server, "stopped");
});

Deno.test("SocketInspector.shutdown() ends the connection it means, and PUSH connects again", () => {
  using inspector = SocketInspector.open();
  using context = ZmqContext.open();
  using pull = PullSocket.open(context);
  using server = SocketMonitor.open(context, pull);
  const endpoint = pull.bind("tcp://127.0.0.1:*");
  using push = PushSocket.open(context, { reconnectInterval: 10 });
  push.connect(endpoint);
  const accepted = waitFor(server, "accepted");
  waitFor(server, "handshake-succeeded");
  ok("fd" in accepted);
  const identity = inspector.identify(accepted.fd);
  ok(identity !== undefined);
  equal(inspector.shutdown(accepted.fd, identity + 1n), false);
  equal(inspector.shutdown(accepted.fd, identity), true);
  waitFor(server, "disconnected");
  waitFor(server, "handshake-succeeded");
  push.trySend(new Uint8Array([1]));
  waitUntil([pull], () => pull.tryReceive())[Symbol.dispose]();
});

Deno.test("a socket goes on after its monitor is disposed of, and can have another", () => {
  using context = ZmqContext.open();
  using pull = PullSocket.open(context);
  const endpoint = pull.bind("tcp://127.0.0.1:*");
  const first = SocketMonitor.open(context, pull);
  passOne(pull, endpoint);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  for (let round = 0; round < 5; round++) passOne(pull, endpoint);
  using second = SocketMonitor.open(context, pull);
  passOne(pull, endpoint);
  waitFor(second, "handshake-succeeded");
});

Deno.test("attack: more connections than a monitor has room for wait, and go on when it is read", () => {
  using context = ZmqContext.open();
  using pull = PullSocket.open(context);
  const endpoint = pull.bind("tcp://127.0.0.1:*");
  using monitor = SocketMonitor.open(context, pull);
  using clients = ZmqContext.open();
  // Three events each: accepted, handshake-succeeded, disconnected.
  const count = 700;
  for (let number = 0; number < count; number++) {
    using push = PushSocket.open(clients, { linger: 9000 });
    push.connect(endpoint);
    push.trySend(new Uint8Array(1));
  }
  let received = 0;
  let ended = 0;
  let stalled = false;
  waitUntil([pull, monitor], () => {
    const before = received;
    while (pull.tryReceiveInto(new Uint8Array(1)) >= 0) received++;
    // No event is read until libzmq has stopped for want of room.
    stalled ||= received > 0 && received === before;
    if (!stalled) return false;
    for (;;) {
      const event = monitor.next();
      if (event === undefined) break;
      if (event.kind === "disconnected") ended++;
    }
    return received === count && ended === count;
  });
});

Deno.test("SocketMonitor tells of tries that failed", () => {
  using context = ZmqContext.open();
  using blocker = PullSocket.open(context);
  const endpoint = blocker.bind("tcp://127.0.0.1:*");
  using push = PushSocket.open(context, { linger: 0, reconnectInterval: 10 });
  using monitor = SocketMonitor.open(context, push);
  blocker[Symbol.dispose]();
  push.connect(endpoint);
  const retried = waitFor(monitor, "connect-retried");
  ok("interval" in retried && retried.interval >= 10);
});

Deno.test("a peer that speaks no ZeroMQ is a protocol error, not a crash", async () => {
  using context = ZmqContext.open();
  using pull = PullSocket.open(context);
  using monitor = SocketMonitor.open(context, pull);
  const endpoint = pull.bind("tcp://127.0.0.1:*");
  const port = Number(endpoint.split(":").at(-1));
  using stranger = await Deno.connect({ hostname: "127.0.0.1", port });
  // It starts like a ZMTP greeting. What does not, such as HTTP, is taken for ZMTP 1.0 and for frames that are no frames.
  await stranger.write(new Uint8Array(200).fill(0xff));
  const event = waitFor(monitor, "protocol-error");
  ok("reason" in event);
  waitFor(monitor, "disconnected");
});

Deno.test("decodeMonitorEvent() refuses what is too short or unknown", () => {
  // deno-fmt-ignore
  const header = new Uint8Array([
    0x00, 0x02, //             event: disconnected
    0x07, 0x00, 0x00, 0x00, // value: descriptor 7
  ]);
  deepEqual(decodeMonitorEvent(header, "tcp://x:1"), {
    kind: "disconnected",
    endpoint: "tcp://x:1",
    fd: 7,
  });
  for (let size = 0; size < header.length; size++) {
    equal(decodeMonitorEvent(header.subarray(0, size), ""), undefined);
  }
  equal(decodeMonitorEvent(new Uint8Array(6), ""), undefined);
});

function waitFor(
  monitor: SocketMonitor,
  kind: MonitorEvent["kind"],
): MonitorEvent {
  return waitUntil([monitor], () => {
    const event = monitor.next();
    return event?.kind === kind ? event : undefined;
  });
}

/** Lets a new client send one message. */
function passOne(pull: PullSocket, endpoint: string): void {
  using context = ZmqContext.open();
  using push = PushSocket.open(context);
  push.connect(endpoint);
  push.trySend(new Uint8Array(1));
  waitUntil([pull], () => pull.tryReceive())[Symbol.dispose]();
}
