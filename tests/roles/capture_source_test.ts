import assert from "node:assert/strict";
import { type BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import { BuilderPool } from "../../lib/roles/builder_pool.ts";
import {
  type Capture,
  captureSource,
  type CaptureSourceOptions,
} from "../../lib/roles/capture_source.ts";
import { pause } from "../../lib/roles/pause.ts";
import { FakeLogger, FakeWaits } from "./fakes.ts";

const CONTEXT = plainContext(5, "kernel");
const PACKET = {
  seconds: 1,
  nanoseconds: 0,
  originalLength: 64,
  data: new Uint8Array(64),
};

/** A kernel: packets that have arrived, and packets that it has yet to deliver. */
class FakeCapture implements Capture {
  readonly fd = 7;
  readonly faults = { overflows: 0, truncated: 0, malformed: 0 };
  droppedDatagrams = 0;
  ownDropped = 0;
  /** Packets that have arrived. */
  arrived: number;
  /** Packets that it delivers when its groups are given up. */
  gathered = 0;
  mayFinish = true;
  finished = 0;
  fills = 0;
  /** Packets that it puts into a batch at most. */
  readonly room = 300;

  constructor(arrived = 0) {
    this.arrived = arrived;
  }

  fill(builder: BatchBuilder): boolean {
    this.fills++;
    const taken = Math.min(this.arrived, this.room);
    for (let left = taken; left > 0; left--) builder.add(PACKET, CONTEXT);
    this.arrived -= taken;
    return this.arrived > 0;
  }

  finish(): boolean {
    this.finished++;
    if (this.mayFinish) this.deliver();
    return this.mayFinish;
  }

  deliver(): void {
    this.arrived += this.gathered;
    this.gathered = 0;
  }
}

interface Setting {
  waits?: FakeWaits;
  stop?: AbortController;
  pool?: BuilderPool;
}

function optionsFor(
  { waits = new FakeWaits(), stop = new AbortController(), pool }: Setting,
): CaptureSourceOptions & { logger: FakeLogger; own: number[] } {
  const own: number[] = [];
  return {
    pool: pool ?? new BuilderPool(2),
    wait: waits.wait,
    pause: waits.pause,
    signal: stop.signal,
    flushTimeout: 20,
    logger: new FakeLogger(),
    onOwnTraffic: (dropped) => own.push(dropped),
    own,
  };
}

/** Reads to the end, giving each builder back, and tells how many packets each batch had. */
async function readAll(
  capture: Capture,
  options: CaptureSourceOptions,
): Promise<number[]> {
  const sizes: number[] = [];
  for await (const builder of captureSource(capture, options)) {
    sizes.push(builder.packets);
    options.pool.give(builder);
  }
  return sizes;
}

Deno.test("captureSource() gives what has arrived, batch by batch, and then waits for the descriptor", async () => {
  const capture = new FakeCapture(350);
  const stop = new AbortController();
  const waits = new FakeWaits((count) => {
    if (count === 2) capture.arrived = 1;
    if (count === 3) stop.abort();
  });
  const sizes = await readAll(capture, optionsFor({ waits, stop }));
  assert.deepEqual(sizes, [300, 50, 1]);
  // After a stream it gathers for a moment; after a lone packet it does not.
  assert.deepEqual(waits.waits, ["4 ms", "fd 7", "fd 7"]);
});

Deno.test("captureSource() never pauses for a lone packet", async () => {
  const capture = new FakeCapture();
  const stop = new AbortController();
  const waits = new FakeWaits((count) => {
    capture.arrived = 1;
    if (count === 10) stop.abort();
  });
  await readAll(capture, optionsFor({ waits, stop }));
  assert.deepEqual(new Set(waits.waits), new Set(["fd 7"]));
});

Deno.test("captureSource() reads what the kernel had gathered when it is told to end", async () => {
  const capture = new FakeCapture(10);
  capture.gathered = 700;
  const stop = new AbortController();
  const waits = new FakeWaits(() => stop.abort());
  const sizes = await readAll(capture, optionsFor({ waits, stop }));
  assert.deepEqual(sizes, [10, 300, 300, 100]);
  assert.equal(capture.finished, 1);
  assert.deepEqual(waits.waits, ["fd 7"]);
});

Deno.test("captureSource() empties the socket before it gives groups up, so that the kernel has room for the rest", async () => {
  const capture = new FakeCapture(2000);
  capture.gathered = 100;
  const stop = new AbortController();
  stop.abort();
  const left: number[] = [];
  const finish = capture.finish.bind(capture);
  capture.finish = () => {
    left.push(capture.arrived);
    return finish();
  };
  const sizes = await readAll(capture, optionsFor({ stop }));
  assert.deepEqual(left, [0]);
  assert.equal(sizes.reduce((sum, size) => sum + size), 2100);
});

Deno.test("captureSource() told to end before it began still gives what there is", async () => {
  const capture = new FakeCapture(10);
  capture.gathered = 5;
  const stop = new AbortController();
  stop.abort();
  assert.deepEqual(await readAll(capture, optionsFor({ stop })), [10, 5]);
});

Deno.test("captureSource() waits for the flush timeout where groups cannot be given up", async () => {
  const capture = new FakeCapture(1);
  capture.mayFinish = false;
  capture.gathered = 4;
  const stop = new AbortController();
  const waits = new FakeWaits((count) => {
    if (count === 1) stop.abort();
    else capture.deliver();
  });
  assert.deepEqual(await readAll(capture, optionsFor({ waits, stop })), [1, 4]);
  assert.deepEqual(waits.waits, ["fd 7", "30 ms"]);
});

Deno.test("captureSource() ends even if the kernel goes on logging for ever", async () => {
  const capture = new FakeCapture(Infinity);
  capture.mayFinish = false;
  const stop = new AbortController();
  stop.abort();
  const sizes = await readAll(capture, optionsFor({ stop }));
  assert(sizes.length > 700 && sizes.length < 3000, `${sizes.length}`);
});

Deno.test("captureSource() lets other work have its turn, however fast packets arrive", async () => {
  const capture = new FakeCapture(Infinity);
  const stop = new AbortController();
  const options = { ...optionsFor({ stop }), pause };
  let batches = 0;
  // A signal's handler runs as a timer does: between turns.
  const timer = setTimeout(() => stop.abort(), 0);
  capture.mayFinish = false;
  for await (const builder of captureSource(capture, options)) {
    batches++;
    options.pool.give(builder);
    if (batches > 5000) throw new Error("the timer never fired");
  }
  clearTimeout(timer);
});

Deno.test("captureSource() gives no empty batch, and gives its builder back", async () => {
  const capture = new FakeCapture();
  const stop = new AbortController();
  const pool = new BuilderPool(1);
  const waits = new FakeWaits((count) => {
    // Wake-ups without packets: the bound of the wait.
    if (count === 5) stop.abort();
  });
  const sizes = await readAll(capture, optionsFor({ waits, stop, pool }));
  assert.deepEqual(sizes, []);
  assert.equal((await pool.take()).packets, 0);
});

Deno.test("captureSource() waits while all builders are in use: packets wait in the kernel", async () => {
  const capture = new FakeCapture(900);
  const stop = new AbortController();
  const options = optionsFor({ stop, pool: new BuilderPool(1) });
  const reader = captureSource(capture, options).getReader();
  const first = await reader.read();
  const second = reader.read();
  await pause(0);
  assert.equal(capture.arrived, 600);
  assert(first.value !== undefined);
  options.pool.give(first.value);
  assert.equal((await second).value?.packets, 300);
  await reader.cancel();
});

Deno.test("captureSource() reads nothing ahead of its consumer", async () => {
  const capture = new FakeCapture(900);
  const reader = captureSource(capture, optionsFor({})).getReader();
  await pause(0);
  assert.equal(capture.fills, 0);
  await reader.cancel();
});

Deno.test("captureSource() reports each overflow with what it dropped", async () => {
  const capture = new FakeCapture(1);
  const stop = new AbortController();
  const waits = new FakeWaits((count) => {
    if (count === 1 || count === 3) {
      capture.faults.overflows++;
      capture.droppedDatagrams += 20;
      capture.arrived = 1;
    }
    if (count === 4) capture.arrived = 1;
    if (count === 5) stop.abort();
  });
  const options = optionsFor({ waits, stop });
  await readAll(capture, options);
  const { lines } = options.logger;
  assert.deepEqual(lines.map(({ properties }) => properties), [
    { dropped_datagrams: 20 },
    { dropped_datagrams: 40 },
  ]);
  assert(lines.every(({ level }) => level === "warn"));
  assert.match(lines[0]?.message ?? "", /raise --libnflog-nlbufsiz/);
});

Deno.test("captureSource() says at its end that a loss may be uncounted when no packet came after it", async () => {
  for (const [gathered, untold] of [[0, 20], [1, 0]] as const) {
    const capture = new FakeCapture(1);
    capture.gathered = gathered;
    const stop = new AbortController();
    const waits = new FakeWaits((count) => {
      if (count < 3) {
        capture.faults.overflows++;
        capture.droppedDatagrams += 20;
        capture.arrived = 1;
      } else stop.abort();
    });
    const options = optionsFor({ waits, stop });
    await readAll(capture, options);
    const told = options.logger.lines.filter(({ message }) =>
      message.includes("not known")
    );
    assert.deepEqual(
      told.map(({ properties }) => properties),
      untold === 0 ? [] : [{ dropped_datagrams: untold }],
    );
  }
});

Deno.test("captureSource() tells of own traffic after each read", async () => {
  const capture = new FakeCapture();
  const stop = new AbortController();
  const waits = new FakeWaits((count) => {
    capture.ownDropped = count;
    if (count === 2) stop.abort();
  });
  const options = optionsFor({ waits, stop });
  await readAll(capture, options);
  assert.deepEqual(options.own, [0, 1, 2, 2]);
});

Deno.test("captureSource() fails when the capture does", async () => {
  const capture = new FakeCapture();
  capture.fill = () => {
    throw new Error("Cannot read the NFLOG socket: recv: EBADF");
  };
  await assert.rejects(readAll(capture, optionsFor({})), /EBADF/);
});

for (const packets of [0, 20]) {
  Deno.test(`captureSource() gives the ${packets} packets that it read before it failed`, async () => {
    const capture = new FakeCapture(packets);
    const fill = capture.fill.bind(capture);
    capture.fill = (builder) => {
      fill(builder);
      throw new Error("Cannot read the NFLOG socket");
    };
    const sizes: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const builder of captureSource(capture, optionsFor({}))) {
        sizes.push(builder.packets);
      }
    };
    await assert.rejects(reading, /Cannot read the NFLOG socket/);
    assert.deepEqual(sizes, packets === 0 ? [] : [packets]);
    assert.equal(capture.fills, 1);
  });
}
