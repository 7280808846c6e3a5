import assert from "node:assert/strict";
import { runCommand } from "../helpers/process.ts";

interface Report {
  dropped: string;
  threads: number;
  rights: string[];
  shadow: string;
  again: string;
  back: string;
  owner: number;
}

const CHILD = new URL("./privileges_child.ts", import.meta.url).pathname;
const NO_RIGHTS = "CapPrm:\t0000000000000000; CapEff:\t0000000000000000";

/** Whether this user may become another one; says so once if not. */
function isRoot(): boolean {
  if (Deno.uid() === 0) return true;
  // deno-lint-ignore no-console -- a test that is left out must say why
  console.error("ignored: only root can become another user");
  return false;
}

async function dropTo(
  account: string[],
  wrapper: string[] = [],
): Promise<Report> {
  const [program = "", ...args] = [
    ...wrapper,
    Deno.execPath(),
    "run",
    "--allow-all",
    CHILD,
    ...account,
  ];
  return JSON.parse(await runCommand({ program, args }));
}

Deno.test({
  name: "dropPrivileges() makes every thread nobody's, for good",
  ignore: !isRoot(),
  async fn(): Promise<void> {
    const report = await dropTo(["nobody"]);
    assert.equal(report.dropped, "done");
    assert.ok(report.threads > 2, `${report.threads} threads`);
    assert.deepEqual(report.rights, [
      "Uid:\t65534\t65534\t65534\t65534; Gid:\t65534\t65534\t65534\t65534; " +
      `Groups:\t65534; ${NO_RIGHTS}`,
    ]);
    assert.match(report.shadow, /EACCES/);
    assert.equal(report.again, "done");
    assert.equal(report.owner, 0);
    assert.match(
      report.back,
      /^Cannot run as root: setgroups: EPERM; start the program as root/,
    );
  },
});

Deno.test({
  name: "dropPrivileges() takes numbers, and the group alone that is named",
  ignore: !isRoot(),
  async fn(): Promise<void> {
    const report = await dropTo(["54321", "12345"]);
    assert.equal(report.dropped, "done");
    assert.deepEqual(report.rights, [
      "Uid:\t54321\t54321\t54321\t54321; Gid:\t12345\t12345\t12345\t12345; " +
      `Groups:\t12345; ${NO_RIGHTS}`,
    ]);
  },
});

Deno.test({
  name:
    "dropPrivileges() refuses an account that is not there, and changes nothing",
  ignore: !isRoot(),
  async fn(): Promise<void> {
    const report = await dropTo(["no-such-user"]);
    assert.match(report.dropped, /there is no such user/);
    assert.match(report.rights.join(), /^Uid:\t0\t0\t0\t0;/);
  },
});

Deno.test({
  name: "dropPrivileges() refuses to go on where root could be had again",
  ignore: !isRoot(),
  async fn(): Promise<void> {
    const keep = ["setpriv", "--securebits", "+no_setuid_fixup", "--"];
    const report = await dropTo(["nobody"], keep);
    assert.match(
      report.dropped,
      /the process could become root again; take CAP_SETUID away from it$/,
    );
  },
});

Deno.test({
  name: "dropPrivileges() refuses where the rights to change are missing",
  ignore: !isRoot(),
  async fn(): Promise<void> {
    const bare = ["setpriv", "--bounding-set", "-setuid", "--"];
    const report = await dropTo(["nobody"], bare);
    assert.match(report.dropped, /^Cannot run as nobody: setresuid: EPERM;/);
  },
});
