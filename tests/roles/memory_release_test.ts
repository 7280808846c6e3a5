import { equal } from "node:assert/strict";
import { MemoryRelease } from "../../lib/roles/memory_release.ts";
import { ManualTimers } from "./rate_fakes.ts";

Deno.test("MemoryRelease gives memory back at once and every ten seconds, until it is disposed", () => {
  const timers = new ManualTimers();
  let releases = 0;
  {
    using _release = new MemoryRelease(() => void releases++, timers);
    equal(releases, 1);
    timers.advance(9999);
    equal(releases, 1);
    timers.advance(1);
    equal(releases, 2);
    timers.advance(60_000);
    equal(releases, 8);
  }
  equal(timers.running, 0);
});
