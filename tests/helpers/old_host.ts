// A host that still runs the Python original, played by tests/helpers/old_host.py.
import { type CommandLine, RunningProcess } from "./process.ts";

/** The system's Python: that is the one for which Debian has python3-zmq. */
const PYTHON = "/usr/bin/python3";

const SCRIPT = new URL("./old_host.py", import.meta.url).pathname;

let missing: string | undefined;
let looked = false;

function findMissing(): string | undefined {
  try {
    const { success } = new Deno.Command(PYTHON, { args: ["-c", "import zmq"] })
      .outputSync();
    return success ? undefined : "python3-zmq is not installed";
  } catch (error) {
    return `${PYTHON}: ${String(error)}`;
  }
}

/**
 * Tells whether Python can play the original here; where it cannot, prints why,
 * once. For the `ignore` of a test.
 *
 * @returns Whether {@linkcode startOldHost} works.
 */
export function canPlayOriginal(): boolean {
  if (!looked) {
    looked = true;
    missing = findMissing();
    if (missing !== undefined) {
      // deno-lint-ignore no-console -- a test that is left out must say why
      console.error(`Tests beside Python hosts are left out: ${missing}`);
    }
  }
  return missing === undefined;
}

/**
 * Starts the original's sender or receiver.
 *
 * @param args See the script.
 * @returns The process; the caller disposes it.
 */
export function startOldHost(...args: string[]): RunningProcess {
  const command: CommandLine = { program: PYTHON, args: [SCRIPT, ...args] };
  return new RunningProcess(command);
}
