import { deepEqual, equal } from "node:assert/strict";
import {
  decodeSocketAddress,
  SocketInspector,
} from "../../lib/libc/socket_address.ts";

// deno-fmt-ignore
const IPV4 = new Uint8Array([
  2, 0, //                    family: AF_INET, in host order
  0x15, 0xb3, //              port 5555, big-endian
  192, 0, 2, 1, //            address
  0, 0, 0, 0, 0, 0, 0, 0, //  padding
]);
// deno-fmt-ignore
const IPV6 = new Uint8Array([
  10, 0, //       family: AF_INET6
  0x15, 0xb3, //  port 5555
  0, 0, 0, 0, //  flow information
  0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, // address
  0, 0, 0, 0, //  scope
]);
// deno-fmt-ignore
const MAPPED = new Uint8Array([
  10, 0, 0x15, 0xb3, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1, // ::ffff:192.0.2.1
  0, 0, 0, 0,
]);

Deno.test("decodeSocketAddress() reads the addresses of connections", () => {
  const ipv4 = {
    family: "ipv4",
    address: new Uint8Array([192, 0, 2, 1]),
    port: 5555,
  };
  deepEqual(decodeSocketAddress(IPV4), ipv4);
  deepEqual(decodeSocketAddress(MAPPED), ipv4);
  deepEqual(decodeSocketAddress(IPV6), {
    family: "ipv6",
    address: IPV6.slice(8, 24),
    port: 5555,
  });
  deepEqual(decodeSocketAddress(new Uint8Array([1, 0])), { family: "unix" });
  equal(decodeSocketAddress(new Uint8Array([16, 0, 0, 0])), undefined); // AF_NETLINK
});

Deno.test("decodeSocketAddress() refuses every address that is cut short", () => {
  for (let size = 0; size < 8; size++) {
    equal(decodeSocketAddress(IPV4.subarray(0, size)), undefined);
  }
  for (let size = 0; size < 24; size++) {
    equal(decodeSocketAddress(IPV6.subarray(0, size)), undefined);
  }
});

Deno.test("SocketInspector gives nothing for what is no connection", () => {
  using inspector = SocketInspector.open();
  for (const fd of [-1, 1_000_000]) {
    equal(inspector.local(fd), undefined);
    equal(inspector.peer(fd), undefined);
    equal(inspector.identify(fd), undefined);
    equal(inspector.shutdown(fd, 0n), false);
  }
  inspector[Symbol.dispose]();
  inspector[Symbol.dispose]();
});
