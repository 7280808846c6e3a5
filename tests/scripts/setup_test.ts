import assert from "node:assert/strict";
import { Sandbox } from "./sandbox.ts";

const COMMANDS = [
  ...["nft", "iptables", "ip", "unshare", "tcpdump", "tshark", "ping", "socat"],
  ...["python3", "chromium", "faketime"],
];

/** A machine on which `missing` is missing, and everything else is there. */
function machine({ missing, user }: {
  missing: readonly string[];
  user: number;
}): Sandbox {
  const sandbox = new Sandbox();
  sandbox.addScript("setup.sh");
  // setup.sh looks in the system's own directories too; the copy does not.
  const script = sandbox.path("project/scripts/setup.sh");
  const text = Deno.readTextFileSync(script);
  Deno.writeTextFileSync(script, text.replace(/^PATH=.*$/m, ""));
  sandbox.fake("deno", "exit 0", "project/scripts");
  sandbox.fake("deno", "exit 0");
  sandbox.fake("id", `echo ${user}`);
  sandbox.fake("ldconfig", 'echo "libnetfilter_log.so.1 => x"');
  for (const command of COMMANDS) {
    if (!missing.includes(command)) sandbox.fake(command, "exit 0");
  }
  return sandbox;
}

Deno.test("setup.sh installs nothing where nothing is missing", async () => {
  using sandbox = machine({ missing: [], user: 0 });
  sandbox.fake("apt-get", "exit 1");
  const { code, stdout, stderr } = await sandbox.run("setup.sh");
  assert.deepEqual({ code, stdout, stderr }, {
    code: 0,
    stdout: "",
    stderr: "",
  });
  assert.ok(!sandbox.calls().some((call) => /^(apt-get|nft|ip)/.test(call)));
  assert.ok(sandbox.calls().includes("deno install --frozen --quiet"));
});

Deno.test("setup.sh as root updates the lists, then installs what is missing", async () => {
  using sandbox = machine({ missing: ["tshark", "nft"], user: 0 });
  sandbox.fake("apt-get", "exit 0");
  const { code } = await sandbox.run("setup.sh");
  assert.equal(code, 0);
  assert.deepEqual(sandbox.calls().filter((call) => call.startsWith("apt")), [
    "apt-get -qq update",
    "apt-get -qq install -y --no-install-recommends nftables tshark",
  ]);
});

Deno.test("setup.sh shows what apt-get said when it fails", async () => {
  using sandbox = machine({ missing: ["nft"], user: 0 });
  sandbox.fake("apt-get", 'echo "no such mirror"; exit 100');
  const { code, stderr } = await sandbox.run("setup.sh");
  assert.equal(code, 1);
  assert.match(stderr, /no such mirror\n.*apt-get update failed/);
});

Deno.test("setup.sh tells others than root the exact command", async () => {
  using sandbox = machine({ missing: ["ping", "ip"], user: 1000 });
  sandbox.fake("apt-get", "exit 1");
  const { code, stderr } = await sandbox.run("setup.sh");
  assert.equal(code, 1);
  assert.match(
    stderr,
    /run: sudo apt-get update && sudo apt-get install -y --no-install-recommends iproute2 iputils-ping\n$/,
  );
  assert.ok(!sandbox.calls().some((call) => call.startsWith("apt-get")));
});

Deno.test("setup.sh names packages where there is no apt-get", async () => {
  using sandbox = machine({ missing: ["tshark"], user: 0 });
  const { code, stderr } = await sandbox.run("setup.sh");
  assert.equal(code, 1);
  assert.match(stderr, /install them with: .*(tshark|wireshark-cli)\n$/);
});

Deno.test("setup.sh asks Ubuntu for no Chromium, which is a snap there", async () => {
  using sandbox = machine({ missing: ["chromium", "tshark"], user: 0 });
  const [release, script] = ["os-release", "project/scripts/setup.sh"]
    .map((name) => sandbox.path(name));
  assert.ok(release !== undefined && script !== undefined);
  await Deno.writeTextFile(release, "NAME=Ubuntu\nID=ubuntu\nID_LIKE=debian\n");
  const text = await Deno.readTextFile(script);
  await Deno.writeTextFile(script, text.replaceAll("/etc/os-release", release));
  sandbox.fake("apt-get", "exit 0");
  const { code } = await sandbox.run("setup.sh");
  assert.equal(code, 0);
  assert.ok(
    sandbox.calls().includes(
      "apt-get -qq install -y --no-install-recommends tshark",
    ),
  );
});
