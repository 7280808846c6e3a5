import assert from "node:assert/strict";
import { SignalWatch, type WatchedSignal } from "../../lib/cli/signal_watch.ts";

/** A process that signals can be sent to, and that remembers its end. */
class FakeHost {
  readonly exits: number[] = [];
  readonly #listeners: [WatchedSignal, () => void][] = [];

  addSignalListener(signal: WatchedSignal, handler: () => void): void {
    this.#listeners.push([signal, handler]);
  }

  removeSignalListener(signal: WatchedSignal, handler: () => void): void {
    const index = this.#listeners.findIndex(([known, listener]) =>
      known === signal && listener === handler
    );
    assert.ok(index >= 0, `${signal} has no such listener`);
    this.#listeners.splice(index, 1);
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  /** Sends a signal; gives how many listeners heard it. */
  send(signal: WatchedSignal): number {
    const heard = this.#listeners.filter(([known]) => known === signal);
    for (const [, handler] of heard) handler();
    return heard.length;
  }
}

Deno.test("SignalWatch asks to finish at the first signal, and exits at the second", () => {
  for (
    const [second, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const
  ) {
    const host = new FakeHost();
    using watch = new SignalWatch(host);
    assert.equal(watch.signal.aborted, false);
    host.send("SIGTERM");
    assert.equal(watch.signal.aborted, true);
    assert.equal(watch.signal.reason, "SIGTERM");
    assert.deepEqual(host.exits, []);
    host.send(second);
    assert.deepEqual(host.exits, [code]);
  }
});

Deno.test("SignalWatch reports at SIGUSR1 and reloads at SIGHUP, when it is told how", () => {
  const host = new FakeHost();
  const calls: string[] = [];
  {
    using _watch = new SignalWatch(host, {
      onReport: () => calls.push("report"),
      onReload: () => calls.push("reload"),
    });
    host.send("SIGUSR1");
    host.send("SIGHUP");
    host.send("SIGUSR1");
  }
  assert.deepEqual(calls, ["report", "reload", "report"]);
  using _plain = new SignalWatch(host);
  assert.equal(host.send("SIGHUP"), 0, "SIGHUP is left alone");
  assert.equal(host.send("SIGUSR1"), 0);
});

Deno.test("SignalWatch heeds nothing once it is disposed", () => {
  const host = new FakeHost();
  const watch = new SignalWatch(host, { onReport: () => assert.fail() });
  watch[Symbol.dispose]();
  watch[Symbol.dispose]();
  for (const signal of ["SIGINT", "SIGTERM", "SIGUSR1"] as const) {
    assert.equal(host.send(signal), 0);
  }
  assert.equal(watch.signal.aborted, false);
});
