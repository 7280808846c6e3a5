// Run by privileges_test.ts as root: drops privileges, then prints what the process can tell of itself.
import process from "node:process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dropPrivileges } from "../../lib/libc/privileges.ts";

/** The lines of every thread that tell what rights it has, each different one once. */
function threadRights(): string[] {
  const found = new Set<string>();
  for (const thread of readdirSync("/proc/self/task")) {
    const status = readFileSync(`/proc/self/task/${thread}/status`, "utf8");
    const lines = status.split("\n").filter((line) =>
      /^(Uid|Gid|Groups|CapEff|CapPrm):/.test(line)
    );
    found.add(lines.map((line) => line.trim()).join("; "));
  }
  return [...found];
}

function attempt(act: () => unknown): string {
  try {
    act();
    return "done";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

if (import.meta.main) {
  const [user = "", group] = Deno.args;
  // Threads of all kinds: those of the event loop exist, this makes one more of the pool.
  await Deno.readTextFile("/etc/hostname");
  const dropped = attempt(() => dropPrivileges({ user, group }));
  const report = {
    dropped,
    threads: readdirSync("/proc/self/task").length,
    rights: threadRights(),
    shadow: attempt(() => readFileSync("/etc/shadow")),
    again: attempt(() => dropPrivileges({ user, group })),
    back: attempt(() => dropPrivileges({ user: "root" })),
    // Files of a process that must not be looked into belong to root.
    owner: statSync("/proc/self/environ").uid,
  };
  process.stdout.write(JSON.stringify(report));
}
