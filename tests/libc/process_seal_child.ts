// Seals itself, and then tries what a burglar would, by Deno and by libc. Prints what came of it.
import { loadLibc } from "../../lib/libc/load.ts";
import { sealProcess } from "../../lib/libc/process_seal.ts";

function attempt(what: () => void): string {
  try {
    what();
    return "done";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

const listen = (): void =>
  Deno.listen({ hostname: "127.0.0.1", port: 0 }).close();
const run = (): void => {
  new Deno.Command("/bin/true").outputSync();
};
const libc = loadLibc({
  system: { parameters: ["buffer"], result: "i32" },
});
/** Exit code of a shell, 127 where it cannot be started. */
const shell = (): number =>
  libc.symbols.system(new TextEncoder().encode("exit 7\0")) >> 8;
const tried = (): object => ({
  listen: attempt(listen),
  run: attempt(run),
  shell: shell(),
});
const before = tried();
const sealed = sealProcess();
const after = tried();
const status = Deno.readTextFileSync("/proc/self/status");
const threads = [...Deno.readDirSync("/proc/self/task")].map(({ name }) =>
  /^Seccomp:\t(\d)$/m.exec(
    Deno.readTextFileSync(`/proc/self/task/${name}/status`),
  )?.[1]
);
const report = {
  ...{ before, sealed, after, elsewhere: sealProcess("riscv64") },
  rights: /^NoNewPrivs:\t(\d)$/m.exec(status)?.[1],
  threads: [...new Set(threads)],
};
libc.close();
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report)));
