import assert from "node:assert/strict";
import {
  type MessageInlet,
  messageSource,
  type MessageSourceOptions,
} from "../../lib/roles/message_source.ts";
import { pause } from "../../lib/roles/pause.ts";
import { FakeClock, FakeMessage, FakeWaits } from "./fakes.ts";

const LONE = new Uint8Array(100);
const LARGE = new Uint8Array(100_000);

/** A socket that has messages. */
class FakeInlet implements MessageInlet<FakeMessage> {
  readonly fd = 9;
  readonly taken: FakeMessage[] = [];
  readonly #arrived: Uint8Array[];

  constructor(...arrived: Uint8Array[]) {
    this.#arrived = arrived;
  }

  arrive(...messages: Uint8Array[]): void {
    this.#arrived.push(...messages);
  }

  tryReceive(): FakeMessage | undefined {
    const bytes = this.#arrived.shift();
    if (bytes === undefined) return undefined;
    const message = new FakeMessage(bytes);
    this.taken.push(message);
    return message;
  }
}

interface Setting {
  waits?: FakeWaits;
  stop?: AbortController;
  clock?: FakeClock;
}

function optionsFor(setting: Setting): MessageSourceOptions {
  const { waits = new FakeWaits(), stop = new AbortController() } = setting;
  const { clock = new FakeClock() } = setting;
  return {
    wait: waits.wait,
    pause: waits.pause,
    monotonic: clock.now,
    signal: stop.signal,
  };
}

async function readSizes(
  inlet: FakeInlet,
  options: MessageSourceOptions,
): Promise<number[]> {
  const sizes: number[] = [];
  for await (const message of messageSource(inlet, options)) {
    sizes.push(message.bytes.length);
    message[Symbol.dispose]();
  }
  return sizes;
}

Deno.test("messageSource() gives what has arrived and then waits for the descriptor", async () => {
  const inlet = new FakeInlet(LONE, LONE);
  const stop = new AbortController();
  const waits = new FakeWaits((count) => {
    if (count === 1) inlet.arrive(LONE);
    else stop.abort();
  });
  const sizes = await readSizes(inlet, optionsFor({ waits, stop }));
  assert.deepEqual(sizes, [100, 100, 100]);
  assert.deepEqual(waits.waits, ["fd 9", "fd 9"]);
});

Deno.test("messageSource() gathers for a moment after large messages only", async () => {
  const inlet = new FakeInlet(LONE, LARGE, LONE);
  const stop = new AbortController();
  const waits = new FakeWaits((count) => {
    if (count === 2) inlet.arrive(LONE);
    if (count === 3) stop.abort();
  });
  await readSizes(inlet, optionsFor({ waits, stop }));
  assert.deepEqual(waits.waits, ["4 ms", "fd 9", "fd 9"]);
});

Deno.test("messageSource() gives what had arrived when it was told to end", async () => {
  const stop = new AbortController();
  stop.abort();
  const inlet = new FakeInlet(LONE, LONE, LONE);
  assert.deepEqual(await readSizes(inlet, optionsFor({ stop })), [
    100,
    100,
    100,
  ]);
});

Deno.test("messageSource() takes no more a second after it was told to end, and gives nothing back twice", async () => {
  const stop = new AbortController();
  const clock = new FakeClock();
  const inlet = new FakeInlet(LONE);
  stop.abort();
  let given = 0;
  for await (
    const message of messageSource(inlet, optionsFor({ stop, clock }))
  ) {
    // A sender that never stops.
    inlet.arrive(LONE);
    clock.time += 100;
    given++;
    message[Symbol.dispose]();
  }
  assert.equal(given, 10);
  assert.equal(inlet.taken.length, 11);
  assert(inlet.taken.every(({ disposed }) => disposed === 1));
});

Deno.test("messageSource() lets other work have its turn, however fast messages arrive", async () => {
  for (const bytes of [LONE, LARGE]) {
    const inlet = new FakeInlet(bytes);
    const stop = new AbortController();
    const options = { ...optionsFor({ stop }), pause };
    const timer = setTimeout(() => stop.abort(), 0);
    let given = 0;
    for await (const message of messageSource(inlet, options)) {
      message[Symbol.dispose]();
      if (!stop.signal.aborted) inlet.arrive(bytes, bytes);
      if (++given > 20_000) throw new Error("the timer never fired");
    }
    clearTimeout(timer);
  }
});

Deno.test("messageSource() takes nothing ahead of its consumer", async () => {
  const inlet = new FakeInlet(LONE, LONE);
  const reader = messageSource(inlet, optionsFor({})).getReader();
  await pause(0);
  assert.equal(inlet.taken.length, 0);
  await reader.read();
  await pause(0);
  assert.equal(inlet.taken.length, 1);
  await reader.cancel();
});
