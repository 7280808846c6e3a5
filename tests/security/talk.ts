// Programs that talk with each other or do not, with packets that never run out. None of it needs rights.
import { RunningProcess } from "../helpers/process.ts";
import {
  programCommand,
  type RunningProgram,
  startProgram,
} from "../helpers/programs.ts";
import { writeCapture } from "../integration/captures.ts";

/** Packets of each capture. */
export const PACKETS = 20;

/** Where a program that binds says it really listens. */
export function endpointOf(program: RunningProgram, word: string): string {
  const { stderrText } = program.process;
  const endpoint = new RegExp(`\\b${word}=(\\S+)`).exec(stderrText)?.[1];
  if (endpoint === undefined) throw new Error(`No ${word} in ${stderrText}`);
  return endpoint;
}

/** A sender that has sent a few packets, and sends its totals until it is ended. */
export class Talker implements AsyncDisposable {
  readonly program: RunningProgram;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(program: RunningProgram) {
    this.program = program;
    this.#stdin = program.process.stdin.getWriter();
  }

  /** Starts one; `directory` is for its capture. */
  static async start(
    directory: string,
    args: readonly string[],
  ): Promise<Talker> {
    const capture = `${directory}/talker.pcap`;
    await writeCapture(capture, 1, PACKETS);
    const program = await startProgram("send", [
      ...["--heartbeat", "0.1", "--debug"],
      ...args.slice(0, -1),
      "pcap:-",
      ...args.slice(-1),
    ], { stdin: "piped", ready: /\bSending\b/ });
    const talker = new Talker(program);
    await talker.#stdin.write(await Deno.readFile(capture));
    return talker;
  }

  /** Waits for a line of its log. */
  line(pattern: RegExp): Promise<string> {
    return this.program.process.waitForLine(pattern);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever disposes of the process closes its standard input.
    this.#stdin.releaseLock();
    await this.program[Symbol.asyncDispose]();
  }
}

/** Runs a program to its end, and gives its exit code and what it printed on standard error. */
export async function runProgram(
  name: Parameters<typeof programCommand>[0],
  args: readonly string[],
): Promise<{ code: number; stderr: string; lines: string[] }> {
  await using running = new RunningProcess(programCommand(name, args));
  const { code, stderr } = await running.finish();
  return { code, stderr, lines: stderr.trimEnd().split("\n") };
}
