// A receiver that, once everything is open, does what only a burglar would: it listens and connects.
import {
  RECEIVE_DEFINITION,
  type ReceiveCommand,
} from "../../lib/cli/receive_command.ts";
import { type Host, runInProcess } from "../../cmd/wiring/host.ts";
import { openMetrics } from "../../cmd/wiring/metrics.ts";

async function attempt(
  what: () => Disposable | Promise<Disposable>,
): Promise<string> {
  try {
    using _opened = await what();
    return "opened";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

async function run(command: ReceiveCommand, host: Host): Promise<void> {
  await using stack = new AsyncDisposableStack();
  await openMetrics(command, host, { stack });
  const target = { hostname: "127.0.0.1", port: 0 };
  host.logger.info("Tried", {
    listen: await attempt(() => Deno.listen(target)),
    connect: await attempt(() => Deno.connect({ ...target, port: 9 })),
  });
}

if (import.meta.main) {
  await runInProcess({ definition: RECEIVE_DEFINITION, run });
}
