#!/usr/bin/env -S deno run --quiet --no-prompt --v8-flags=--max-semi-space-size=1,--heap-growing-percent=10 -P=send
// nflog-zmq-send: reads the packets of NFLOG groups, or of a capture file, and sends them over ZeroMQ.

import {
  type KeygenCommand,
  SEND_DEFINITION,
  type SendCommand,
} from "../lib/cli/send_command.ts";
import { keepFrameMemory } from "../lib/libc/allocator.ts";
import { Poller } from "../lib/libc/poller.ts";
import { dropPrivileges } from "../lib/libc/privileges.ts";
import { SenderLedger } from "../lib/metrics/sender_ledger.ts";
import { OwnPeers } from "../lib/nflog/own_peers.ts";
import { pause } from "../lib/roles/pause.ts";
import { runSend } from "../lib/roles/send.ts";
import { SendBuffers } from "../lib/roles/send_buffers.ts";
import { FRAME_SIZE } from "../lib/wire/constants.ts";
import { frameHeaderSize } from "../lib/wire/frame_header.ts";
import { sanitizeSensorName } from "../lib/wire/sensor_name.ts";
import { ZmqContext } from "../lib/zmq/context.ts";
import { MessageBufferPool } from "../lib/zmq/message_buffer.ts";
import { type Host, runInProcess } from "./wiring/host.ts";
import { writeKeyPair } from "./wiring/keys.ts";
import { openFrameQueue } from "./wiring/frame_memory.ts";
import { openMetrics } from "./wiring/metrics.ts";
import { openPacketSource } from "./wiring/packet_source.ts";
import { openSending } from "./wiring/sending.ts";

/** Builders in use at a time: one is filled while another is sent. */
const BUILDERS = 2;

/** Memory that frames are made in: so much each, and so many kept for use again. */
const BUFFERS = { capacity: FRAME_SIZE, idleLimit: 24 } as const;

/**
 * Runs the sender until its source ends or the host says stop; or makes keys, if that is what it is told.
 *
 * @param command What it is told to do.
 * @param host The process it runs in.
 */
export async function send(
  command: SendCommand | KeygenCommand,
  host: Host,
): Promise<void> {
  switch (command.kind) {
    case "send":
      return await sendPackets(command, host);
    case "keygen":
      return host.print(await writeKeyPair(command.prefix));
  }
}

async function sendPackets(command: SendCommand, host: Host): Promise<void> {
  keepFrameMemory();
  await using stack = new AsyncDisposableStack();
  const poller = stack.use(Poller.open());
  host.stop.addEventListener("abort", () => poller.wake());
  const context = stack.use(ZmqContext.open());
  const sensor = sanitizeSensorName(command.sensor ?? Deno.hostname());
  const pool = openPool(context, sensor);
  const ledger = new SenderLedger();
  const own = new OwnPeers();
  host.reportWith(() => ({
    sensor,
    totals: { ...ledger.totals },
    groups: Object.fromEntries(ledger.groups),
    gauges: { ...pool.queue },
  }));
  await openMetrics(command, host, { stack });
  const framesWaiting = (): number => pool.queue.send_queue_frames;
  const surroundings = { poller, pool, framesWaiting, ledger, own, stack };
  const source = await openPacketSource(command, host, surroundings);
  const { stream, patient } = source;
  const { handOver, ...sending } = await openSending(command, host, {
    ...surroundings,
    context,
    sensor,
    patient,
  });
  if (command.user !== undefined) dropPrivileges(command.user);
  host.ready("Sending", { sensor });
  await runSend({ heartbeat: command.heartbeat, patient }, {
    ...sending,
    source: stream,
    pool,
    pause,
    signal: host.stop,
  }).finally(handOver);
}

function openPool(context: ZmqContext, sensor: string): SendBuffers {
  return new SendBuffers(new MessageBufferPool(context, BUFFERS), {
    size: BUILDERS,
    headerSize: frameHeaderSize(sensor),
    copies: openFrameQueue(context),
  });
}

if (import.meta.main) {
  await runInProcess({ definition: SEND_DEFINITION, run: send });
}
