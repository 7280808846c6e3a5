import { deepEqual, equal } from "node:assert/strict";
import type { SocketAddress } from "../../lib/libc/socket_address.ts";
import {
  ConnectionBook,
  UNFINISHED_LIMIT,
} from "../../lib/roles/connection_book.ts";
import { FakeConnections } from "./fake_connections.ts";

Deno.test("ConnectionBook knows where connections come from, until they end", () => {
  const connections = new FakeConnections();
  const book = new ConnectionBook(connections);
  equal(book.opened(connections.open(7)), "192.0.2.7:40007");
  equal(book.opened(8), undefined, "it had ended before it was looked at");
  equal(book.size, 1);
  equal(book.closed(7), "192.0.2.7:40007");
  equal(book.closed(7), undefined);
  equal(book.size, 0);
});

Deno.test("ConnectionBook writes IPv6 addresses in brackets, and none for Unix sockets", () => {
  const connections = new FakeConnections();
  const peers: SocketAddress[] = [
    {
      family: "ipv6",
      address: new Uint8Array([0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 7]),
      port: 1,
    },
    { family: "unix" },
  ];
  connections.peer = (): SocketAddress | undefined => peers.shift();
  const book = new ConnectionBook(connections);
  equal(book.opened(connections.open(1)), "[2001:db8::7]:1");
  equal(book.opened(connections.open(2)), undefined);
});

Deno.test("attack: a removed key keeps no connection, nor one that has said nothing yet; others stay", () => {
  const connections = new FakeConnections();
  const book = new ConnectionBook(connections);
  for (const descriptor of [1, 2, 3]) book.opened(connections.open(descriptor));
  book.spoke(1, "kept");
  book.spoke(2, "removed");
  const ended = book.endUnless((key) => key === "kept");
  deepEqual(ended, [
    { address: "192.0.2.2:40002", key: "removed" },
    { address: "192.0.2.3:40003", key: undefined },
  ]);
  deepEqual(connections.ended, [2, 3]);
  equal(book.size, 1);
  deepEqual(book.endUnless(() => false).map(({ key }) => key), ["kept"]);
});

Deno.test("a message may come before the news of its connection", () => {
  const connections = new FakeConnections();
  const book = new ConnectionBook(connections);
  connections.open(1);
  equal(book.spoke(1, "key"), true);
  book.opened(1);
  deepEqual(book.endUnless((key) => key === "key"), []);
});

Deno.test("attack: a descriptor that is another's by now ends nobody else's connection, and lends nobody its key", () => {
  const connections = new FakeConnections();
  const book = new ConnectionBook(connections);
  book.opened(connections.open(1));
  book.spoke(1, "old");
  connections.open(1);
  // Its end is not known yet: what is shut down is not the newcomer.
  deepEqual(book.endUnless(() => false), []);
  deepEqual(connections.ended, []);
  book.opened(1);
  book.closed(1);
  book.opened(1);
  deepEqual(book.endUnless((key) => key === "old").length, 1);
});

Deno.test("end() leaves a connection alone that is known as another key's", () => {
  const connections = new FakeConnections();
  const book = new ConnectionBook(connections);
  book.opened(connections.open(1));
  book.spoke(1, "kept");
  equal(book.end(1, "removed"), undefined);
  deepEqual(book.end(1, "kept"), { address: "192.0.2.1:40001", key: "kept" });
  equal(book.end(1, "kept"), undefined);
});

const HALF = UNFINISHED_LIMIT / 2 + 1;

Deno.test("attack: a message without an end is cut off, though others send without a pause", () => {
  const connections = new FakeConnections();
  const book = new ConnectionBook(connections);
  book.opened(connections.open(1));
  book.opened(connections.open(2));
  connections.receive(1, HALF);
  connections.receive(2, HALF);
  deepEqual(book.endEndless(), []);
  equal(book.suspicious, true);
  connections.receive(1, HALF);
  // Nobody had a turn to show a whole message.
  deepEqual(book.endEndless(), []);
  for (let message = 0; message < 3; message++) book.spoke(2);
  deepEqual(book.endEndless(), [{
    address: "192.0.2.1:40001",
    key: undefined,
  }]);
  deepEqual(connections.ended, [1]);
  equal(book.suspicious, false);
});

Deno.test("attack: a message without an end is cut off when nothing else comes", () => {
  const connections = new FakeConnections();
  const book = new ConnectionBook(connections);
  book.opened(connections.open(1));
  connections.receive(1, 2 * HALF);
  deepEqual(book.endEndless(), []);
  book.emptied();
  equal(book.endEndless().length, 1);
});

Deno.test("a connection that sends much in whole messages goes on for ever", () => {
  const connections = new FakeConnections();
  const book = new ConnectionBook(connections);
  book.opened(connections.open(1));
  for (let round = 0; round < 100; round++) {
    connections.receive(1, HALF);
    deepEqual(book.endEndless(), []);
    if (book.suspicious) book.spoke(1);
    book.emptied();
  }
  equal(book.size, 1);
});

Deno.test("where the kernel does not tell what has come, nobody is suspected", () => {
  const connections = new FakeConnections();
  connections.bytesReceived = (): undefined => undefined;
  const book = new ConnectionBook(connections);
  book.opened(connections.open(1));
  deepEqual(book.endEndless(), []);
  equal(book.suspicious, false);
});

Deno.test("a suspect that leaves is suspected no more", () => {
  const connections = new FakeConnections();
  const book = new ConnectionBook(connections, 100);
  book.opened(connections.open(1));
  connections.receive(1, 60);
  book.endEndless();
  equal(book.suspicious, true);
  book.closed(1);
  equal(book.suspicious, false);
});

Deno.test("a connection by which frames of another version come is ended, once it is sure that they came by it", () => {
  const connections = new FakeConnections();
  const book = new ConnectionBook(connections);
  for (const descriptor of [7, 8]) book.opened(connections.open(descriptor));
  book.spokeForeign(7);
  book.spokeForeign(7);
  // Both may be what is left of an earlier connection with that descriptor.
  deepEqual(book.endForeign(), []);
  book.emptied();
  book.spokeForeign(7);
  deepEqual(book.endForeign(), [{
    address: "192.0.2.7:40007",
    key: undefined,
  }]);
  deepEqual(connections.ended, [7]);
  deepEqual(book.endForeign(), []);
});
