import { deepEqual, equal, rejects } from "node:assert/strict";
import {
  createFiles,
  listTrustedDirectory,
  readGuardedFile,
} from "../../lib/libc/guarded_file.ts";
import { openTempDir } from "../helpers/temp_dir.ts";
import { runCommand } from "../helpers/process.ts";

/** Makes a file of a mode, whatever the umask. */
async function writeMode(
  path: string,
  text: string,
  mode: number,
): Promise<void> {
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, mode);
}

Deno.test("attack: a secret that anybody but its owner can read or write is refused, without being quoted", async () => {
  using directory = openTempDir();
  const path = directory.join("key");
  for (const mode of [0o600, 0o400, 0o700]) {
    await writeMode(path, "secret", mode);
    equal(await readGuardedFile(path, "secret"), "secret");
  }
  for (const mode of [0o604, 0o640, 0o644, 0o660, 0o602, 0o601, 0o444]) {
    await writeMode(path, "secret", mode);
    await rejects(readGuardedFile(path, "secret"), {
      name: "RangeError",
      message: `Cannot use the secret in ${path}: its mode 0${
        mode.toString(8)
      } opens it to others; run chmod 600 ${path}`,
    });
  }
});

Deno.test("attack: what a link leads to is judged, not the link", async () => {
  using directory = openTempDir();
  const path = directory.join("key");
  await writeMode(path, "secret", 0o644);
  await Deno.symlink(path, directory.join("link"));
  await rejects(readGuardedFile(directory.join("link"), "secret"), RangeError);
});

Deno.test("attack: a list that every user can change is not trusted, nor is a directory", async () => {
  using directory = openTempDir();
  const path = directory.join("allow");
  for (const mode of [0o600, 0o644, 0o664]) {
    await writeMode(path, "gate", mode);
    equal(await readGuardedFile(path, "trusted"), "gate");
  }
  await writeMode(path, "gate", 0o646);
  await rejects(readGuardedFile(path, "trusted"), /lets every user change it/);
  deepEqual(await listTrustedDirectory(directory.path), ["allow"]);
  await Deno.chmod(directory.path, 0o777);
  await rejects(listTrustedDirectory(directory.path), /lets every user change/);
});

Deno.test("attack: a FIFO, a directory, a device or an endless file in a key's place is refused at once", async () => {
  using directory = openTempDir();
  const fifo = directory.join("fifo");
  await runCommand({ program: "mkfifo", args: ["-m", "600", fifo] });
  await rejects(readGuardedFile(fifo, "secret"), /it is no regular file$/);
  await rejects(readGuardedFile(directory.path, "secret"), /no regular file$/);
  const large = directory.join("large");
  await Deno.writeTextFile(large, "");
  await Deno.truncate(large, 8 * 1024 * 1024);
  await rejects(readGuardedFile(large, "trusted"), /it is larger than 1 MiB$/);
  await rejects(readGuardedFile(directory.join("none"), "secret"), {
    name: "NotFound",
  });
});

Deno.test("createFiles() makes a secret that was never open to others, and overwrites nothing", async () => {
  using directory = openTempDir();
  const [path, other] = [directory.join("a.key"), directory.join("a.pub")];
  const files = [
    { path, text: "secret", mode: 0o600 },
    { path: other, text: "public", mode: 0o644 },
  ];
  await createFiles(files);
  equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  await rejects(
    createFiles(files),
    /it exists, and keys are never overwritten/,
  );
  equal(await Deno.readTextFile(path), "secret");

  // All or none: the second one is there.
  await Deno.remove(path);
  await rejects(createFiles(files), RangeError);
  await rejects(Deno.stat(path), { name: "NotFound" });
});

Deno.test("attack: a link that waits where the secret is to go does not make it land elsewhere", async () => {
  using directory = openTempDir();
  const path = directory.join("a.key");
  await Deno.symlink(directory.join("elsewhere"), path);
  const files = [{ path, text: "secret", mode: 0o600 }];
  await rejects(createFiles(files), RangeError);
  await rejects(Deno.stat(directory.join("elsewhere")), { name: "NotFound" });
});

Deno.test("a credential of systemd may be open to the group, which stands for an access list there", async () => {
  const child = `
    import { readGuardedFile } from ${
    JSON.stringify(import.meta.resolve("../../lib/libc/guarded_file.ts"))
  };
    for (const path of Deno.args) {
      try { console.log(await readGuardedFile(path, "secret")); }
      catch (error) { console.log(error.name); }
    }`;
  using directory = openTempDir();
  const base = directory.path;
  await Deno.mkdir(`${base}/sub`);
  for (const name of ["key", "open", "sub/key"]) {
    const mode = name === "open" ? 0o444 : 0o440;
    await writeMode(`${base}/${name}`, name, mode);
  }
  const printed = await runCommand({
    program: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--allow-all", "--ext=ts", "-"],
      ...["key", "open", "sub/key", "sub/../key"].map(
        (name) => `${base}/${name}`,
      ),
    ],
    env: { CREDENTIALS_DIRECTORY: base },
  }, child);
  deepEqual(printed.trim().split("\n"), [
    "key",
    ...["RangeError", "RangeError", "RangeError"],
  ]);
});
