#!/usr/bin/env -S deno run --quiet --no-prompt --v8-flags=--max-semi-space-size=1,--heap-growing-percent=10 -P=all
// nflog-zmq: all programs in one, for hosts where seven executables are too many.

import process from "node:process";
import config from "../deno.json" with { type: "json" };
import { EXIT_CODE } from "../lib/cli/exit_code.ts";
import { EVERYTHING, formatRoles, readCall } from "../lib/cli/multi_call.ts";
import { formatVersion } from "../lib/cli/version.ts";
import { runInProcess } from "./wiring/host.ts";

type Start = (args: readonly string[]) => Promise<never>;

/** What starts each program; only the modules of the one that runs are loaded. */
const STARTS: Readonly<Record<string, () => Promise<Start>>> = {
  "nflog-zmq-send": async () => {
    const [{ SEND_DEFINITION: definition }, { send: run }] = await Promise.all([
      import("../lib/cli/send_command.ts"),
      import("./nflog_zmq_send.ts"),
    ]);
    return (args) => runInProcess({ definition, run }, args);
  },
  "nflog-pcap-recv": async () => {
    const [{ RECEIVE_DEFINITION: definition }, { receive: run }] = await Promise
      .all([
        import("../lib/cli/receive_command.ts"),
        import("./nflog_pcap_recv.ts"),
      ]);
    return (args) => runInProcess({ definition, run }, args);
  },
  "nflog-zmq-compress": async () => {
    const [{ COMPRESS_DEFINITION: definition }, { compress: run }] =
      await Promise.all([
        import("../lib/cli/compress_command.ts"),
        import("./nflog_zmq_compress.ts"),
      ]);
    return (args) => runInProcess({ definition, run }, args);
  },
  "nflog-zmq-decompress": async () => {
    const [{ DECOMPRESS_DEFINITION: definition }, { decompress: run }] =
      await Promise.all([
        import("../lib/cli/decompress_command.ts"),
        import("./nflog_zmq_decompress.ts"),
      ]);
    return (args) => runInProcess({ definition, run }, args);
  },
  "nflog-pcap-query": async () => {
    const [{ QUERY_DEFINITION: definition }, { query: run }] = await Promise
      .all([
        import("../lib/cli/query_command.ts"),
        import("./nflog_pcap_query.ts"),
      ]);
    return (args) => runInProcess({ definition, run }, args);
  },
  "nflog-pcap-dump": async () => {
    const [{ DUMP_DEFINITION: definition }, { dump: run }] = await Promise.all([
      import("../lib/cli/dump_command.ts"),
      import("./nflog_pcap_dump.ts"),
    ]);
    return (args) => runInProcess({ definition, run }, args);
  },
  "nflog-extcap": async () => {
    const [{ EXTCAP_DEFINITION: definition }, { extcap: run }] = await Promise
      .all([
        import("../lib/cli/extcap_command.ts"),
        import("./nflog_extcap.ts"),
      ]);
    return (args) => runInProcess({ definition, run }, args);
  },
};

/** Kinds of permission that a program can have. */
const PERMISSIONS = [
  ...["read", "write", "net", "env", "sys", "run", "ffi", "import"] as const,
];

/** Gives up what the program that this is to be has no permission for when it runs by itself. */
function keepPermissionsOf(name: string): void {
  const sets: Record<string, object> = config.permissions;
  const set = sets[name.slice(name.lastIndexOf("-") + 1)] ?? {};
  for (const permission of PERMISSIONS) {
    if (!(permission in set)) Deno.permissions.revokeSync({ name: permission });
  }
}

function write(
  to: typeof Deno.stdout | typeof Deno.stderr,
  text: string,
): void {
  to.writeSync(new TextEncoder().encode(text));
}

async function main(): Promise<number> {
  const call = readCall(process.argv0, Deno.args);
  switch (call.kind) {
    case "help": {
      const { PROGRAMS } = await import("../lib/cli/programs.ts");
      write(Deno.stdout, formatRoles(PROGRAMS));
      return EXIT_CODE.DONE;
    }
    case "version": {
      const libraries = { Deno: Deno.version.deno };
      write(Deno.stdout, `${formatVersion(EVERYTHING, libraries)}\n`);
      return EXIT_CODE.DONE;
    }
    case "usage":
      write(
        Deno.stderr,
        `${EVERYTHING}: ${call.message} (see ${EVERYTHING} --help)\n`,
      );
      return EXIT_CODE.USAGE;
    case "run": {
      keepPermissionsOf(call.name);
      const start = await STARTS[call.name]?.();
      if (start === undefined) return EXIT_CODE.FAILURE;
      return start(call.args);
    }
  }
}

if (import.meta.main) Deno.exit(await main());
