import assert from "node:assert/strict";
import { Sandbox } from "./sandbox.ts";

/** A Deno that says its version and what it was asked. */
const denoOf = (version: string): string =>
  `[[ $1 == --version ]] && { echo "deno ${version} (stable)"; exit; }
echo "${version} ran $*"`;

// As the npm package: a launcher, and the executable in a package beside it.
const NPM = `for ((i = 1; i <= $#; i++)); do
  [[ \${!i} == --prefix ]] && { j=$((i + 1)); prefix=\${!j}; }
done
folder=$prefix/node_modules/@deno/linux-x64-glibc
mkdir -p "$folder"
cat > "$folder/deno" <<'EOF'
#!/bin/bash
${denoOf("2.9.6")}
EOF
chmod +x "$folder/deno"`;

for (const version of ["2.6.0", "2.6.8", "2.10.1", "3.0.0"]) {
  Deno.test(`scripts/deno runs a Deno ${version} that is on PATH`, async () => {
    using sandbox = new Sandbox();
    sandbox.addScript("deno");
    sandbox.fake("deno", denoOf(version));
    sandbox.fake("npm", "exit 1");
    const { code, stdout } = await sandbox.run("deno", ["run", "a b"]);
    assert.equal(stdout, `${version} ran run a b\n`);
    assert.equal(code, 0);
  });
}

Deno.test("scripts/deno fetches one with npm, once, when PATH has an old one", async () => {
  using sandbox = new Sandbox();
  sandbox.addScript("deno");
  sandbox.fake("deno", denoOf("2.5.6"));
  sandbox.fake("npm", NPM);
  const first = await sandbox.run("deno", ["task"]);
  assert.equal(first.stdout, "2.9.6 ran task\n");
  assert.match(first.stderr, /fetching Deno 2\.9\.6 from npm/);
  const second = await sandbox.run("deno", ["task"]);
  assert.equal(second.stdout, "2.9.6 ran task\n");
  assert.equal(second.stderr, "");
  const installs = sandbox.calls().filter((call) => call.startsWith("npm"));
  assert.equal(installs.length, 1);
  assert.match(installs[0] ?? "", / deno@2\.9\.6$/);
});

Deno.test("scripts/deno uses the installer when there is no npm", async () => {
  using sandbox = new Sandbox();
  sandbox.addScript("deno");
  const binary = '"$DENO_INSTALL/bin/deno"';
  sandbox.fake(
    "curl",
    `cat <<'EOF'
mkdir -p "$DENO_INSTALL/bin"
printf '#!/bin/sh\\necho "deno ${"2.9.6"} installed $*"\\n' > ${binary}
chmod +x ${binary}
echo "asked for $1"
EOF`,
  );
  const { stdout, stderr } = await sandbox.run("deno", ["task"]);
  assert.equal(stdout, "deno 2.9.6 installed task\n");
  assert.match(stderr, /asked for v2\.9\.6/);
});

Deno.test("scripts/deno says what failed", async (t) => {
  await t.step("npm", async () => {
    using sandbox = new Sandbox();
    sandbox.addScript("deno");
    sandbox.fake("npm", 'echo "no route"; exit 1');
    const { code, stderr } = await sandbox.run("deno", ["task"]);
    assert.equal(code, 1);
    assert.match(stderr, /no route\n.*npm could not install deno@2\.9\.6/);
  });
  await t.step("the installer", async () => {
    using sandbox = new Sandbox();
    sandbox.addScript("deno");
    sandbox.fake("curl", "exit 6");
    const { code, stderr } = await sandbox.run("deno", ["task"]);
    assert.equal(code, 1);
    assert.match(stderr, /the installer failed/);
  });
  await t.step("nothing to fetch with", async () => {
    using sandbox = new Sandbox();
    sandbox.addScript("deno");
    const { code, stderr } = await sandbox.run("deno", ["task"]);
    assert.equal(code, 1);
    assert.match(stderr, /neither npm nor curl/);
  });
});

Deno.test("scripts/deno runs the one that DENO names", async () => {
  using sandbox = new Sandbox();
  sandbox.addScript("deno");
  sandbox.fake("deno", denoOf("2.9.6"));
  sandbox.fake("mine", 'echo "mine $*"');
  const env = { DENO: sandbox.path("bin/mine") };
  const { stdout } = await sandbox.run("deno", ["lint"], env);
  assert.equal(stdout, "mine lint\n");
});
