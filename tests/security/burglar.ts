// What only a burglar would do, with the permissions of a program. Prints what came of each try.

const tries: Readonly<Record<string, () => unknown>> = {
  run: () => new Deno.Command("/bin/true").output(),
  environment: () => Deno.env.get("PATH"),
  connect: () => Deno.connect({ hostname: "127.0.0.1", port: 9 }),
  listen: () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
  // Not port 9: fetch() itself refuses that one.
  fetch: () => fetch("http://127.0.0.1:8/"),
  read: () => Deno.readTextFile("/etc/passwd"),
  write: () => Deno.writeTextFile(Deno.args[0] ?? "", ""),
  code: () => import(`npm:left-pad@${Deno.args.length}.3.0`),
};

const outcomes: Record<string, string> = {};
for (const [name, attempt] of Object.entries(tries)) {
  try {
    await attempt();
    outcomes[name] = "done";
  } catch (error) {
    outcomes[name] = error instanceof Deno.errors.NotCapable
      ? "denied"
      : "failed";
  }
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(outcomes)));
