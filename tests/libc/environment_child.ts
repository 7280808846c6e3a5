// Prints what it finds in its environment, without Deno's permission to look there.
import { readEnvironment } from "../../lib/libc/environment.ts";

const found = readEnvironment(["FULL", "EMPTY", "MISSING"]);
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(found)));
