// The sender as far as completion goes: what its completion scripts call.
import { readInvocation } from "../../lib/cli/invocation.ts";
import { SEND_DEFINITION } from "../../lib/cli/send_command.ts";

const invocation = readInvocation(SEND_DEFINITION, Deno.args);
if (invocation.kind === "completion") {
  Deno.stdout.writeSync(new TextEncoder().encode(invocation.text));
}
