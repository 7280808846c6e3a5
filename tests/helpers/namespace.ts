import { type CommandLine, runCommand, RunningProcess } from "./process.ts";

/** How namespaces can be made here: as root, through a user namespace, or not. */
type Support =
  | { kind: "root" | "user" }
  | { kind: "none"; reason: string };

const PROBE = "ip link set lo up && printf 'table inet probe { chain c { " +
  "type filter hook input priority 0; log group 1; }; }' | nft -f -";

let support: Support | undefined;

/** Finds out, once, how this user can make a namespace with an NFLOG rule. */
function namespaceSupport(): Support {
  support ??= probe();
  return support;
}

function probe(): Support {
  const reasons: string[] = [];
  for (const [kind, flags] of [["root", "-n"], ["user", "-rn"]] as const) {
    try {
      const { success, stderr } = new Deno.Command("unshare", {
        args: [flags, "sh", "-c", PROBE],
      }).outputSync();
      if (success) return { kind };
      const said = new TextDecoder().decode(stderr).trim().split("\n")[0];
      reasons.push(`unshare ${flags}: ${said}`);
    } catch (error) {
      reasons.push(`unshare ${flags}: ${String(error)}`);
    }
  }
  return { kind: "none", reason: reasons.join("; ") };
}

let reasonPrinted = false;

/**
 * Tells whether tests can make network namespaces with NFLOG rules here; where
 * they cannot, prints why, once. For the `ignore` of a test.
 *
 * @returns Whether {@linkcode openNamespace} works.
 */
export function canUseNamespaces(): boolean {
  const found = namespaceSupport();
  if (found.kind !== "none") return true;
  if (!reasonPrinted) {
    reasonPrinted = true;
    // deno-lint-ignore no-console -- a test that is left out must say why
    console.error(`ignored: no network namespace with NFLOG: ${found.reason}`);
  }
  return false;
}

/** A throw-away network namespace with its loopback up and no rules. */
export class Namespace implements AsyncDisposable {
  readonly #holder: RunningProcess;
  readonly #user: boolean;

  /**
   * @param holder The process that lives in the namespace and keeps it.
   * @param user Whether it has a user namespace of its own too.
   */
  constructor(holder: RunningProcess, user: boolean) {
    this.#holder = holder;
    this.#user = user;
  }

  /** The process that keeps the namespace; its `/proc/PID/ns/net` names it. */
  get pid(): number {
    return this.#holder.pid;
  }

  /**
   * Gives a command line that runs another one inside. The process that comes
   * of it *is* the inner program (nsenter replaces itself), so signals reach it.
   *
   * @param command What to run inside.
   * @returns What to run outside.
   */
  wrap(command: CommandLine): CommandLine {
    const enter = ["--target", String(this.pid), "--net"];
    if (this.#user) enter.push("--user", "--preserve-credentials");
    const args = [...enter, "--", command.program, ...command.args ?? []];
    return { ...command, program: "nsenter", args };
  }

  /**
   * Runs a command inside to its end.
   *
   * @param program The executable.
   * @param args Its arguments.
   * @param input What it gets on standard input.
   * @returns What it printed.
   * @throws {Error} If it does not exit with 0.
   */
  run(
    program: string,
    args: readonly string[],
    input?: string,
  ): Promise<string> {
    return runCommand(this.wrap({ program, args }), input);
  }

  /**
   * Starts a command inside. The caller disposes it, before the namespace.
   *
   * @param command What to run inside.
   * @returns The running process.
   */
  spawn(command: CommandLine): RunningProcess {
    return new RunningProcess(this.wrap(command));
  }

  /**
   * Loads nftables rules.
   *
   * @param script As for `nft -f -`.
   * @throws {Error} If nft refuses them.
   */
  async nft(script: string): Promise<void> {
    await this.run("nft", ["-f", "-"], script);
  }

  /**
   * Runs iptables.
   *
   * @param args One string, split at spaces.
   * @throws {Error} If iptables refuses them.
   */
  async iptables(args: string): Promise<void> {
    await this.run("iptables", ["-w", ...args.trim().split(/\s+/)]);
  }

  /**
   * Runs ip6tables.
   *
   * @param args One string, split at spaces.
   * @throws {Error} If ip6tables refuses them.
   */
  async ip6tables(args: string): Promise<void> {
    await this.run("ip6tables", ["-w", ...args.trim().split(/\s+/)]);
  }

  /** Ends the holder; the kernel then takes the namespace and its rules away. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder[Symbol.asyncDispose]();
  }
}

// The holder ends when its standard input closes, so even a test run that was
// killed leaves no namespace behind.
const HOLD = "ip link set lo up && echo ready && exec cat";

async function hold(command: CommandLine, user: boolean): Promise<Namespace> {
  const holder = new RunningProcess({ ...command, stdin: "piped" });
  try {
    await holder.waitForLine(/^ready$/, { from: "stdout" });
    return new Namespace(holder, user);
  } catch (error) {
    await holder[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Makes a network namespace of its own, as root or through `unshare -rn`.
 *
 * @returns The namespace; the caller disposes it.
 * @throws {Error} If this user can not; see {@linkcode canUseNamespaces}.
 */
export async function openNamespace(): Promise<Namespace> {
  const found = namespaceSupport();
  if (found.kind === "none") {
    throw new Error(`Cannot make a network namespace: ${found.reason}`);
  }
  const flags = found.kind === "user" ? "-rn" : "-n";
  const args = [flags, "sh", "-c", HOLD];
  return await hold({ program: "unshare", args }, found.kind === "user");
}

/** Addresses of the two ends of {@linkcode openNamespacePair}. */
export const PAIR = {
  /** In `left`, on its interface "right0". */
  left: { ipv4: "10.77.0.1", ipv6: "fd77::1", device: "right0" },
  /** In `right`, on its interface "left0". */
  right: { ipv4: "10.77.0.2", ipv6: "fd77::2", device: "left0" },
} as const;

/** Two namespaces joined by a virtual cable. */
export interface NamespacePair extends AsyncDisposable {
  /** Has the addresses of `PAIR.left`. */
  left: Namespace;
  /** Has the addresses of `PAIR.right`. */
  right: Namespace;
}

/**
 * Makes two namespaces joined by a veth pair with IPv4 and IPv6 addresses.
 *
 * @returns Both; the caller disposes the pair.
 * @throws {Error} If this user can not; see {@linkcode canUseNamespaces}.
 */
export async function openNamespacePair(): Promise<NamespacePair> {
  await using stack = new AsyncDisposableStack();
  const left = stack.use(await openNamespace());
  // Entered from the left one, both belong to one user namespace, which is what
  // moving a cable's end from one to the other asks for.
  const inner = left.wrap({
    program: "unshare",
    args: ["-n", "sh", "-c", HOLD],
  });
  const user = namespaceSupport().kind === "user";
  const right = stack.use(await hold(inner, user));
  const { left: a, right: b } = PAIR;
  await left.run("ip", [
    ...["link", "add", a.device, "type", "veth"],
    ...["peer", "name", b.device, "netns", String(right.pid)],
  ]);
  for (const [side, end] of [[left, a], [right, b]] as const) {
    const { device, ipv4, ipv6 } = end;
    await side.run("ip", ["address", "add", `${ipv4}/24`, "dev", device]);
    await side.run("ip", [
      ...["address", "add", `${ipv6}/64`, "dev", device, "nodad"],
    ]);
    await side.run("ip", ["link", "set", device, "up"]);
  }
  const owned = stack.move();
  return { left, right, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
