import { deepEqual, equal, match, throws } from "node:assert/strict";
import { SOCKET_OPTION } from "../../lib/zmq/constants.ts";
import {
  encodeSocketOptions,
  type PlainSocketOptions,
  SOCKET_DEFAULTS,
} from "../../lib/zmq/socket_options.ts";

function encode(options: PlainSocketOptions): Map<number, number> {
  const raw = [...encodeSocketOptions(options)];
  return new Map(raw.map(({ option, value }) => [option, Number(value[0])]));
}

Deno.test("encodeSocketOptions() sets every option, the default where nothing is said", () => {
  const set = encode({});
  equal(set.size, Object.keys(SOCKET_DEFAULTS).length);
  equal(set.get(SOCKET_OPTION.RECONNECT_IVL), 100);
  equal(set.get(SOCKET_OPTION.RECONNECT_IVL_MAX), 5000);
  equal(set.get(SOCKET_OPTION.IPV6), 1);
  equal(set.get(SOCKET_OPTION.IMMEDIATE), 0);
  equal(encode({ immediate: true }).get(SOCKET_OPTION.IMMEDIATE), 1);
});

Deno.test("encodeSocketOptions() rounds what the kernel counts in seconds up", () => {
  const set = encode({ keepaliveIdle: 60_000, keepaliveInterval: 1 });
  equal(set.get(SOCKET_OPTION.TCP_KEEPALIVE_IDLE), 60);
  equal(set.get(SOCKET_OPTION.TCP_KEEPALIVE_INTVL), 1);
});

Deno.test("encodeSocketOptions() gives the largest message in 64 bits", () => {
  const raw = [...encodeSocketOptions({ maxMessageSize: 1000 })];
  const found = raw.find(({ option }) => option === SOCKET_OPTION.MAXMSGSIZE);
  deepEqual(found?.value, new BigInt64Array([1000n]));
});

Deno.test("encodeSocketOptions() never lets a socket linger for ever, queue without a bound, or take any size", () => {
  const cases: PlainSocketOptions[] = [
    { linger: -1 },
    { linger: Infinity },
    { sendHighWaterMark: 0 },
    { receiveHighWaterMark: 0 },
    { maxMessageSize: -1 },
    { maxMessageSize: 2 ** 31 },
  ];
  for (const options of cases) {
    throws(() => encode(options), (error: Error) => {
      const [name] = Object.keys(options);
      match(error.message, new RegExp(`^Cannot set ${name} to .* is not in`));
      return error instanceof RangeError;
    });
  }
});
