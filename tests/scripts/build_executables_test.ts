// The build itself: what it makes, and what it says when it can not.
import assert from "node:assert/strict";
import { addonPath, TARGETS } from "../../scripts/build/target.ts";
import { buildExecutables, runBuild } from "../helpers/executables.ts";
import { runCommand } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";

const built = await buildExecutables(["nflog-zmq-compress"]);
const ignore = built === undefined;
const TOP = new URL("../../", import.meta.url).pathname;
const FILE = "nflog-zmq-compress-";

/** Reads a file as text of one character a byte. */
async function readLatin(path: string): Promise<string> {
  return new TextDecoder("latin1").decode(await Deno.readFile(path));
}

/** Reads what Deno put behind the base executable as JSON: the arguments, permissions and so on. */
async function readMetadata(path: string): Promise<Record<string, unknown>> {
  const bytes = await readLatin(path);
  const start = bytes.lastIndexOf('{"argv":[');
  const end = bytes.indexOf('"vfs_case_sensitivity"', start);
  return JSON.parse(bytes.slice(start, bytes.indexOf("}", end) + 1));
}

Deno.test({
  name: "the build gives checksums that hold, and a list of what is inside",
  ignore,
}, async () => {
  assert.ok(built);
  const sums = await runCommand({
    program: "sha256sum",
    args: ["--check", "SHA256SUMS"],
    cwd: built.folder,
  });
  assert.match(sums, new RegExp(`^${FILE}.*: OK$`, "m"));
  assert.match(sums, /^nflog-zmq-pcap-pipe-.*\.cdx\.json: OK$/m);
});

Deno.test({
  name:
    "an executable has the permissions of its program and asks for no others",
  ignore,
}, async () => {
  assert.ok(built);
  const metadata = await readMetadata(built.path("nflog-zmq-compress"));
  const { permissions } = JSON.parse(
    await Deno.readTextFile(`${TOP}deno.json`),
  );
  const baked = metadata["permissions"] as Record<string, unknown>;
  for (const name of ["read", "write", "net", "ffi", "env", "run"]) {
    const wanted = permissions.compress[name] === true ? [] : null;
    assert.deepEqual(baked[`allow_${name}`], wanted, name);
  }
  assert.deepEqual(baked["allow_sys"], permissions.compress.sys ?? null);
  assert.equal(baked["prompt"], false);
  // Of all: modules come from inside.
  assert.deepEqual(baked["deny_import"], []);
  // A cache of compiled code would be read from a place that others can write to.
  assert.equal(metadata["code_cache_key"], null);
});

Deno.test({
  name: "an executable holds libzmq once, for one architecture",
  ignore,
}, async () => {
  assert.ok(built);
  const made = await readLatin(built.path("nflog-zmq-compress"));
  for (const { architecture, ...target } of TARGETS) {
    const addon = await readLatin(`${TOP}${addonPath(target)}`);
    const wanted = architecture === Deno.build.arch ? 1 : 0;
    assert.equal(made.split(addon).length - 1, wanted, architecture);
  }
});

Deno.test({
  name: "two builds of one commit are equal, wherever they are made",
  ignore,
}, async () => {
  using directory = openTempDir();
  const temporary = directory.join("somewhere/else");
  await Deno.mkdir(temporary, { recursive: true });
  const args = [
    "--program",
    "nflog-zmq-compress",
    "--out",
    directory.join("out"),
  ];
  const { code, stdout, stderr } = await runBuild(args, { TMPDIR: temporary });
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^ +\d+\.\d MiB {2}nflog-zmq-compress-\S+ {2}two builds are equal\n$/,
  );
  assert.ok(built);
  const read = (folder: string): Promise<string> =>
    Deno.readTextFile(`${folder}/SHA256SUMS`);
  assert.equal(await read(directory.join("out")), await read(built.folder));
});

Deno.test({
  name: "a build for another architecture takes its libzmq along",
  ignore,
}, async () => {
  using directory = openTempDir();
  const other = TARGETS.find(({ architecture }) =>
    architecture !== Deno.build.arch
  );
  assert.ok(other);
  // A base executable is taken as it is; an ELF header makes one.
  const header = new Uint8Array(4096);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header[18] = other.machine;
  const base = directory.join("denort");
  await Deno.writeFile(base, header);
  const args = ["--program", "nflog-zmq-compress", "--out", directory.path];
  const env = { DENORT_BIN: base };
  const { code, stderr } = await runBuild(
    [...args, "--target", other.triple, "--once"],
    env,
  );
  assert.equal(code, 0, stderr);
  const { version } = JSON.parse(
    await Deno.readTextFile(`${TOP}deno.json`),
  );
  const made = await readLatin(
    directory.join(`${FILE}${version}-${other.triple}`),
  );
  assert.ok(made.includes(await readLatin(`${TOP}${addonPath(other)}`)));
  const wrong = await runBuild([...args, "--target", Deno.build.arch], env);
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.stderr,
    new RegExp(
      `^build: Cannot build for \\S+: DENORT_BIN is an executable for ${other.triple}; name another, or none .*\\n$`,
    ),
  );
});

Deno.test("the build says in one line what is wrong", async () => {
  using directory = openTempDir();
  const fails = async (
    args: string[],
    env: Record<string, string> = {},
  ): Promise<string> => {
    const { code, stderr } = await runBuild(
      [...args, "--out", directory.path],
      env,
    );
    assert.equal(code, 1);
    assert.equal(stderr.split("\n").length, 2, stderr);
    return stderr;
  };
  assert.match(
    await fails(["--target", "sparc"]),
    /^build: Cannot build for sparc: choose /,
  );
  assert.match(
    await fails(["--program", "nflog"]),
    /^build: Cannot build nflog: there is no such program$/m,
  );
  const one = ["--program", "nflog-pcap-recv"];
  assert.match(
    await fails(one, { DENORT_BIN: directory.join("none") }),
    /^build: Cannot compile with DENORT_BIN \S+: there is no such file$/m,
  );
  assert.match(
    await fails(one, { DENORT_BIN: "/etc/passwd" }),
    /^build: Cannot build for \S+: DENORT_BIN is no executable for Linux; /,
  );
  assert.match(
    await fails(one, { COMPILE_DENO: directory.join("none") }),
    /^build: Cannot run \S+: there is no such program$/m,
  );
});
