import assert from "node:assert/strict";
import { BatchBuilder, plainContext } from "../../lib/batch_builder.ts";
import type { PacketBatch } from "../../lib/packet.ts";
import { type DumpDependencies, runDump } from "../../lib/roles/dump.ts";
import { DumpSelection } from "../../lib/roles/dump_selection.ts";
import { OffloadStage } from "../../lib/roles/offload_stage.ts";
import { somePayload, transportPacket } from "../pcap/transport_packets.ts";

const CONTEXT = plainContext(5, "kernel");

function builderOf(...packets: Uint8Array[]): BatchBuilder {
  const builder = new BatchBuilder(new Uint8Array(20_000));
  for (const data of packets) {
    const packet = { seconds: 1, nanoseconds: 0, originalLength: data.length };
    builder.add({ ...packet, data }, CONTEXT);
  }
  return builder;
}

class Setting {
  readonly given: BatchBuilder[] = [];
  readonly written: { batch: PacketBatch; release: () => void }[] = [];
  readonly printed: number[] = [];
  readonly abort = new AbortController();
  gaveUp = 0;

  run(
    source: ReadableStream<BatchBuilder>,
    more: Partial<DumpDependencies> = {},
  ): Promise<void> {
    return runDump({
      source,
      pool: { give: (builder) => void this.given.push(builder) },
      selection: new DumpSelection({
        ...{ maxPackets: undefined, snaplen: 262144, filter: undefined },
      }),
      offload: new OffloadStage({
        fixChecksums: false,
        segmentSize: undefined,
      }),
      print: (batch) => {
        this.printed.push(batch.packets);
        return Promise.resolve();
      },
      writer: {
        write: (batch, release) => void this.written.push({ batch, release }),
        giveUp: () => {
          this.gaveUp++;
          return Promise.resolve();
        },
      },
      signal: this.abort.signal,
      ...more,
    });
  }
}

const SMALL = somePayload(20);

Deno.test("runDump() prints and writes each batch, and gives builders back when they were written", async () => {
  const setting = new Setting();
  const builders = [builderOf(SMALL), builderOf(SMALL, SMALL)];
  await setting.run(ReadableStream.from(builders));
  assert.deepEqual(setting.printed, [1, 2]);
  assert.deepEqual(setting.written.map(({ batch }) => batch.packets), [1, 2]);
  assert.deepEqual(setting.given, []);
  for (const { release } of setting.written) release();
  assert.deepEqual(setting.given, builders);
});

Deno.test("runDump() gives builders back at once where nothing is written, or nothing was selected", async () => {
  const setting = new Setting();
  await setting.run(ReadableStream.from([builderOf(SMALL)]), {
    writer: undefined,
  });
  assert.equal(setting.given.length, 1);
  const none = { use: () => undefined, matches: () => false };
  await setting.run(ReadableStream.from([builderOf(SMALL)]), {
    selection: new DumpSelection({
      ...{ maxPackets: undefined, snaplen: 100, filter: none },
    }),
  });
  assert.equal(setting.given.length, 2);
  assert.equal(setting.written.length, 0);
});

Deno.test("runDump() reads no further when there are enough packets", async () => {
  const setting = new Setting();
  let cancelled = false;
  const source = new ReadableStream<BatchBuilder>({
    pull: (controller) => controller.enqueue(builderOf(SMALL, SMALL)),
    cancel: () => void (cancelled = true),
  });
  await setting.run(source, {
    selection: new DumpSelection({
      ...{ maxPackets: 3, snaplen: 100, filter: undefined },
    }),
  });
  assert(cancelled);
  assert.deepEqual(setting.printed, [2, 1]);
});

Deno.test("runDump() completes checksums and cuts segments before it cuts packets to their snaplen", async () => {
  const setting = new Setting();
  const large = transportPacket({
    ...{ version: 4, protocol: "tcp", checksum: "partial" },
    payload: somePayload(4000),
  });
  const offload = new OffloadStage({ fixChecksums: true, segmentSize: 1500 });
  await setting.run(ReadableStream.from([builderOf(large)]), {
    offload,
    selection: new DumpSelection({
      ...{ maxPackets: undefined, snaplen: 60, filter: undefined },
    }),
  });
  const [first] = setting.written;
  assert.equal(first?.batch.packets, 3);
  assert.equal(first?.batch.records.length, 3 * (16 + 60));
  assert.deepEqual(offload.counters, {
    ...{ checksums_completed: 0, segmented: 1, segments: 3 },
  });
});

Deno.test("runDump() gives up an output that takes nothing when it is told to end", async () => {
  const setting = new Setting();
  let end = (): void => {};
  const source = new ReadableStream<BatchBuilder>({
    start(controller): void {
      controller.enqueue(builderOf(SMALL));
      end = () => controller.close();
    },
  });
  const running = setting.run(source);
  setting.abort.abort();
  assert.equal(setting.gaveUp, 1);
  end();
  await running;
});

Deno.test("runDump() fails when its source does", async () => {
  const setting = new Setting();
  const fault = new Error("no more");
  const source = new ReadableStream<BatchBuilder>({
    pull: (controller) => controller.error(fault),
  });
  await assert.rejects(setting.run(source), fault);
});

Deno.test("OffloadStage counts nothing when it is told to do nothing", () => {
  const idle = new OffloadStage({
    fixChecksums: false,
    segmentSize: undefined,
  });
  assert.equal(idle.counters, undefined);
  const batch = builderOf(SMALL).build();
  assert.equal(idle.apply(batch).batch, batch);
});
