import assert from "node:assert/strict";
import { ERRNO } from "../../lib/ffi/errno.ts";
import { ErrnoError } from "../../lib/ffi/errno_error.ts";
import { BindError, explainBindError } from "../../lib/nflog/bind_error.ts";
import {
  findGroupHolder,
  type ProcFiles,
} from "../../lib/nflog/group_holder.ts";

// As Linux 6.18 shows them: group, port, gathered, mode, range, timeout, references.
const LOG = `    4       812      0  2 65531      1  1
    5 3265891420     0  2 65531      1  1
`;
const NETLINK =
  `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
0000000000000000 0   812        00000000 0        0        0     2        0        11
0000000000000000 12  812        00000000 0        0        0     2        0        4711
0000000000000000 12  3265891420 00000000 0        0        0     2        0        4712
0000000000000000 12  0          00000000 0        0        0     2        0        1
`;

/** A /proc with process 812, that has one of the sockets open, and one that may not be looked at. */
function makeFiles(texts: Record<string, string>): ProcFiles {
  const lists: Record<string, string[]> = {
    "/proc": ["1", "812", "net", "self"],
    "/proc/812/fd": ["0", "3", "7"],
  };
  const links: Record<string, string> = {
    "/proc/812/fd/0": "/dev/null",
    "/proc/812/fd/3": "socket:[99]",
    "/proc/812/fd/7": "socket:[4712]",
  };
  return {
    readText: (path) => texts[path],
    readLink: (path) => links[path],
    list: (path) => lists[path] ?? [],
  };
}

const WHOLE = {
  "/proc/net/netfilter/nfnetlink_log": LOG,
  "/proc/net/netlink": NETLINK,
  "/proc/812/comm": "ulogd\n",
};

Deno.test("findGroupHolder() finds the process by its netlink port and its socket", () => {
  assert.deepEqual(findGroupHolder(5, makeFiles(WHOLE)), {
    port: 3265891420,
    pid: 812,
    name: "ulogd",
  });
});

Deno.test("findGroupHolder() knows no process whose descriptors it may not see", () => {
  assert.deepEqual(findGroupHolder(4, makeFiles(WHOLE)), { port: 812 });
});

Deno.test("findGroupHolder() finds nobody for a group that is free, or that it may not ask about", () => {
  assert.equal(findGroupHolder(6, makeFiles(WHOLE)), undefined);
  assert.equal(findGroupHolder(5, makeFiles({})), undefined);
  const garbled = { "/proc/net/netfilter/nfnetlink_log": "5\n5 x\n" };
  assert.equal(findGroupHolder(5, makeFiles(garbled)), undefined);
});

function explain(
  errno: number,
  texts: Record<string, string>,
  group = 5,
): BindError {
  const cause = new ErrnoError("Cannot bind NFLOG group 5", {
    call: "bind",
    errno,
  });
  const error = explainBindError(group, cause, makeFiles(texts));
  assert(error instanceof BindError);
  assert.equal(error.cause, cause);
  assert.equal(error.group, group);
  return error;
}

Deno.test("explainBindError() names who holds the group", () => {
  for (const errno of [ERRNO.EPERM, ERRNO.EBUSY]) {
    const { kind, message } = explain(errno, WHOLE);
    assert.equal(kind, "held");
    assert.match(message, /group 5: process 812 \(ulogd\) holds it; stop/);
  }
  const unknown = explain(ERRNO.EPERM, WHOLE, 4);
  assert.equal(unknown.kind, "held");
  assert.match(
    unknown.message,
    /another process \(netlink port 812\) holds it/,
  );
});

const STATUS = "Name:\tdeno\nCapPrm:\t000001ffffffffff\n";

Deno.test("explainBindError() says that CAP_NET_ADMIN is missing where it is", () => {
  const without = `${STATUS}CapEff:\t000001ffffffefff\nCapBnd:\t0\n`;
  for (const texts of [{ "/proc/self/status": without }, {}]) {
    const { kind, message } = explain(ERRNO.EPERM, texts);
    assert.equal(kind, "forbidden");
    assert.match(message, /CAP_NET_ADMIN is missing/);
  }
});

Deno.test("explainBindError() does not blame a right that is there", () => {
  const texts = { "/proc/self/status": `${STATUS}CapEff:\t0000000000001000\n` };
  const { kind, message } = explain(ERRNO.EPERM, texts);
  assert.equal(kind, "held");
  assert.match(message, /another process holds it/);
  assert.doesNotMatch(message, /missing/);
});

Deno.test("explainBindError() hands on what it knows nothing about", () => {
  const { kind, message } = explain(ERRNO.ENOMEM, WHOLE);
  assert.equal(kind, "other");
  assert.match(message, /ENOMEM/);
  const error = new TypeError("something else");
  assert.equal(explainBindError(5, error, makeFiles(WHOLE)), error);
});
