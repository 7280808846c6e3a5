// The Debian package: what is in it, what lintian says of it, and that it comes and goes without a trace.
import assert from "node:assert/strict";
import { PROGRAMS } from "../../lib/cli/programs.ts";
import { addonPath, findTarget, TARGETS } from "../../scripts/build/target.ts";
import { DebianRoot } from "../helpers/debian_root.ts";
import { buildExecutables } from "../helpers/executables.ts";
import { runCommand, RunningProcess } from "../helpers/process.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { canRun, run, sayIgnored } from "../pcap/tools.ts";

const TOP = new URL("../../", import.meta.url).pathname;
const NAME = "nflog-zmq-pcap-pipe";
const DEPENDENCIES = [
  "libstdc++6",
  "libnetfilter-log1",
  "libnfnetlink0",
  "libmnl0",
];

/** Makes a package of the executable in a folder. */
async function pack(folder: string, ...args: string[]): Promise<void> {
  await runCommand({
    program: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write"],
      ...["--allow-run", "--allow-env", `${TOP}scripts/package.ts`],
      // Compressing takes longer than all else here.
      ...["--out", folder, "--compression", "none", ...args],
    ],
  });
}

/** Builds the executable and packs it; says why not where that can not be. */
async function makePackage(): Promise<string | undefined> {
  if (!canRun("dpkg-deb", "dpkg-query")) return undefined;
  const built = await buildExecutables(["nflog-zmq"]);
  if (built === undefined) return undefined;
  await pack(built.folder);
  for await (const { name } of Deno.readDir(built.folder)) {
    if (name.endsWith(".deb")) return `${built.folder}/${name}`;
  }
  throw new Error("Cannot find the package that was made");
}

const file = await makePackage();
const ignore = file === undefined;

Deno.test(
  { name: "the package says what it is and what it needs", ignore },
  async () => {
    assert.ok(file);
    const { version } = JSON.parse(await Deno.readTextFile(`${TOP}deno.json`));
    const architecture =
      (await runCommand({ program: "dpkg", args: ["--print-architecture"] }))
        .trim();
    assert.ok(file.endsWith(`/${NAME}_${version}_${architecture}.deb`), file);
    const control = await runCommand({
      program: "dpkg-deb",
      args: ["--field", file],
    });
    assert.match(control, new RegExp(`^Version: ${version}$`, "m"));
    assert.match(control, new RegExp(`^Architecture: ${architecture}$`, "m"));
    assert.match(control, /^Depends: libc6 .*libstdc\+\+6.*libnetfilter-log1/m);
  },
);

Deno.test({
  name: "a package can be made for another architecture",
  ignore,
}, async () => {
  assert.ok(file);
  const other = TARGETS.find(({ architecture }) =>
    architecture !== Deno.build.arch
  );
  assert.ok(other);
  using directory = openTempDir();
  // It is packed as it is.
  const { version } = JSON.parse(await Deno.readTextFile(`${TOP}deno.json`));
  const executable = `nflog-zmq-${version}-${other.triple}`;
  await Deno.copyFile(
    `${TOP}${addonPath(other)}`,
    directory.join(executable),
  );
  await pack(directory.path, "--target", other.architecture);
  const made = `${NAME}_${version}_${other.debian}.deb`;
  const ask = (what: string): Promise<string> =>
    runCommand({ program: "dpkg-deb", args: [what, directory.join(made)] });
  assert.match(
    await ask("--field"),
    new RegExp(`^Architecture: ${other.debian}$`, "m"),
  );
  const extcap =
    `/usr/lib/${other.libraries}/wireshark/extcap/nflog-extcap -> `;
  assert.ok((await ask("--contents")).includes(extcap));
});

Deno.test({
  name: "lintian finds no fault with the package",
  ignore: ignore || !canRun("lintian"),
}, async () => {
  assert.ok(file);
  const { code, stdout, stderr } = await run(
    "lintian",
    ...["--fail-on", "error,warning", "--allow-root"],
    // True of this one, which is packed for the test.
    ...[
      "--suppress-tags",
      "uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball",
    ],
    file,
  );
  assert.equal(code, 0, stdout + stderr);
});

Deno.test({
  name:
    "the package can be installed, used, installed again and removed without a trace",
  ignore,
}, async () => {
  assert.ok(file);
  using root = await DebianRoot.open(DEPENDENCIES);
  const before = await root.list();
  await root.dpkg("--install", file);
  assert.equal(await root.dpkg("--audit", NAME), "");
  const installed = new Set(await root.list());
  const pages = ["nflog-zmq", ...PROGRAMS.map(({ name }) => name)];
  for (const name of pages) {
    const said = await runCommand(
      root.command(`/usr/bin/${name}`, "--version"),
    );
    assert.ok(said.startsWith(`${name} `), said);
    assert.ok(installed.has(`usr/share/man/man1/${name}.1.gz`), name);
  }
  for (const { name } of PROGRAMS) {
    for (
      const path of [
        `bash-completion/completions/${name}`,
        `zsh/vendor-completions/_${name}`,
        `fish/vendor_completions.d/${name}.fish`,
      ]
    ) assert.ok(installed.has(`usr/share/${path}`), path);
  }
  const { libraries } = findTarget(Deno.build.arch);
  const extcap = `/usr/lib/${libraries}/wireshark/extcap/nflog-extcap`;
  assert.match(
    await runCommand(root.command(extcap, "--extcap-interfaces")),
    /^interface \{value=nflog-local\}/m,
  );
  for (
    const name of ["zmq-send", "pcap-recv", "zmq-compress", "zmq-decompress"]
  ) {
    const unit = `usr/lib/systemd/system/nflog-${name}@.service`;
    assert.ok(installed.has(unit), unit);
  }
  await root.dpkg("--install", file);
  await root.dpkg("--verify", NAME);
  await root.dpkg("--remove", NAME);
  await root.dpkg("--purge", NAME);
  const after = (await root.list()).filter((path) =>
    path !== "var/log/dpkg.log"
  );
  assert.deepEqual(after, before);
});

Deno.test({
  name:
    "completions of the package are what shells load by the names of the programs",
  ignore,
}, async () => {
  assert.ok(file);
  using root = await DebianRoot.open(DEPENDENCIES);
  await root.dpkg("--install", file);
  const share = `${root.path}/usr/share`;
  const zsh = await Deno.readTextFile(
    `${share}/zsh/vendor-completions/_nflog-zmq-send`,
  );
  assert.match(zsh, /^#compdef nflog-zmq-send\n/);
  const { code, stdout, stderr } = await run(
    "bash",
    "-c",
    `source ${share}/bash-completion/completions/nflog-zmq-send; complete -p nflog-zmq-send`,
  );
  assert.equal(code, 0, stderr);
  assert.match(stdout, /-F \S+ nflog-zmq-send$/m);
});

/** Whether this machine's systemd can be started in namespaces of its own; says why not. */
function canStartSystemd(): boolean {
  const mounts = Deno.readTextFileSync("/proc/mounts");
  const reasons = [
    [Deno.uid() === 0, "this is not root"],
    [/ cgroup2 /.test(mounts), "there is no tree of control groups (cgroup2)"],
    [canRun("systemctl", "nft", "tcpdump", "tshark"), "a program is missing"],
  ] as const;
  const reason = reasons.find(([there]) => !there)?.[1];
  if (reason !== undefined) sayIgnored(`systemd can not be started: ${reason}`);
  return reason === undefined;
}

const HELPERS = new URL("../helpers/", import.meta.url).pathname;

Deno.test({
  name:
    "systemd starts the units, hears that they live and restarts one that hangs, packets cross, and tshark captures too",
  ignore: ignore || !canStartSystemd(),
}, async () => {
  assert.ok(file);
  using results = openTempDir();
  await using machine = new RunningProcess({
    program: "bash",
    args: [
      `${HELPERS}systemd_machine.sh`,
      file,
      `${HELPERS}systemd_probe.sh`,
      results.path,
    ],
  });
  // It ends by itself before that.
  const { code, stderr } = await machine.finish({ timeout: 90_000 });
  assert.equal(code, 0, stderr);
  const read = (name: string): Promise<string> =>
    Deno.readTextFile(results.join(name));
  const errors = await read("probe.err");
  assert.deepEqual((await read("probe.out")).trimEnd().split("\n"), [
    "nflog-zmq-send ActiveState active",
    "nflog-zmq-send StatusText Sending",
    "nflog-zmq-send User nflog-zmq",
    "nflog-zmq-compress ActiveState active",
    "nflog-zmq-compress StatusText Relaying",
    "nflog-zmq-compress User nflog-zmq",
    "nflog-pcap-recv ActiveState active",
    "nflog-pcap-recv StatusText Receiving",
    "nflog-pcap-recv User nflog-zmq",
    // CAP_NET_ADMIN and nothing else.
    "CapEff:\t0000000000001000",
    "nflog-zmq-compress NRestarts 1",
    "nflog-local (NFLOG groups of this host's firewall)",
    "nflog-window (Last packets of a remote NFLOG receiver)",
    "tshark: 21",
    ...["send", "compress"].flatMap((role) => [
      `nflog-zmq-${role} Result success`,
      `nflog-zmq-${role} ExecMainStatus 0`,
    ]),
    "nflog-pcap-recv Result success",
    "nflog-pcap-recv ExecMainStatus 0",
  ], errors);
  assert.match(
    await read("nflog-zmq-send@x.service.log"),
    /Sending sensor="a gateway"/,
  );
  const { stdout } = await run("tcpdump", "-nr", results.join("out.pcap"));
  assert.equal(stdout.trimEnd().split("\n").length, 20);
});
