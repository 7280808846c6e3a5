// The units of systemd, judged by systemd itself where it is there.
import assert from "node:assert/strict";
import { openTempDir } from "../helpers/temp_dir.ts";
import { canRun, run } from "../pcap/tools.ts";

const UNITS =
  new URL("../../scripts/package/systemd/", import.meta.url).pathname;
const EXAMPLES =
  new URL("../../scripts/package/examples/", import.meta.url).pathname;
const NAMES = Array.from(Deno.readDirSync(UNITS), ({ name }) => name).sort();
const ignore = !canRun("systemd-analyze");

/** Most exposure that `systemd-analyze security` may find, of 10; below 2 it says "OK". */
const MOST_EXPOSURE = "20";

/** What the programs of units are called in the names of their files of options. */
const INSTANCES: Readonly<Record<string, string>> = {
  "nflog-zmq-send@.service": "send",
  "nflog-pcap-recv@.service": "recv",
  "nflog-zmq-compress@.service": "compress",
  "nflog-zmq-decompress@.service": "decompress",
};

Deno.test("there is a unit for the sender, the receiver and each relay, and an example for each", async () => {
  assert.deepEqual(NAMES, Object.keys(INSTANCES).sort());
  for (const [name, instance] of Object.entries(INSTANCES)) {
    const unit = await Deno.readTextFile(`${UNITS}${name}`);
    const program = name.replace("@.service", "");
    assert.match(
      unit,
      new RegExp(`^EnvironmentFile=/etc/nflog-zmq/${instance}-%i\\.conf$`, "m"),
    );
    assert.match(
      unit,
      new RegExp(`^ExecStart=/usr/bin/${program} \\$OPTIONS$`, "m"),
    );
    assert.match(unit, /^Type=notify$/m);
    assert.match(unit, /^WatchdogSec=\d+$/m);
    const example = await Deno.readTextFile(
      `${EXAMPLES}${instance}-example.conf`,
    );
    assert.match(example, /^OPTIONS=".+"$/m);
  }
});

for (const name of NAMES) {
  Deno.test({
    name: `systemd-analyze verify finds no fault with ${name}`,
    ignore,
  }, async () => {
    using directory = openTempDir();
    const unit = await Deno.readTextFile(`${UNITS}${name}`);
    const file = directory.join(name);
    // It looks whether the program is there.
    await Deno.writeTextFile(
      file,
      unit.replace(/^ExecStart=\S+/m, "ExecStart=/bin/true"),
    );
    const { code, stdout, stderr } = await run(
      "systemd-analyze",
      "verify",
      "--man=no",
      file,
    );
    assert.deepEqual([code, stdout, stderr], [0, "", ""]);
  });

  Deno.test(
    { name: `systemd-analyze security finds ${name} safe`, ignore },
    async () => {
      const { code, stdout } = await run(
        "systemd-analyze",
        ...["security", "--offline=yes", `--threshold=${MOST_EXPOSURE}`],
        ...["--no-pager", `${UNITS}${name}`],
      );
      assert.equal(code, 0, stdout);
    },
  );
}

Deno.test({
  name: "systemd-tmpfiles makes the FIFO",
  ignore: !canRun("systemd-tmpfiles") || Deno.uid() !== 0,
}, async () => {
  using root = openTempDir();
  await Deno.mkdir(root.join("etc"));
  const accounts = {
    passwd: "root:x:0:0::/:/bin/false\nnflog-zmq:x:977:977::/:/bin/false\n",
    group: "root:x:0:\nnflog-zmq:x:977:\n",
  };
  for (const [name, text] of Object.entries(accounts)) {
    await Deno.writeTextFile(root.join(`etc/${name}`), text);
  }
  const config =
    new URL("../../scripts/package/tmpfiles.conf", import.meta.url).pathname;
  const { code, stderr } = await run(
    "systemd-tmpfiles",
    "--create",
    `--root=${root.path}`,
    config,
  );
  assert.equal(code, 0, stderr);
  const { isFifo, mode, gid } = await Deno.stat(
    root.join("run/nflog-zmq/ids.pcap"),
  );
  assert.deepEqual([isFifo, (mode ?? 0) & 0o777, gid], [true, 0o640, 977]);
});
