// The sending half of the sender: sockets, the wire format, and what keeps the rate.

import type { BatchBuilder } from "../../lib/batch_builder.ts";
import type { SendCommand } from "../../lib/cli/send_command.ts";
import type { Poller } from "../../lib/libc/poller.ts";
import type { SenderLedger } from "../../lib/metrics/sender_ledger.ts";
import type { OwnPeers } from "../../lib/nflog/own_peers.ts";
import type { BatchSender } from "../../lib/roles/batch_sender.ts";
import {
  type FrameOutlet,
  FrameSender,
  type SenderIdentity,
} from "../../lib/roles/frame_sender.ts";
import { LegacySender } from "../../lib/roles/legacy_sender.ts";
import type { Parcel } from "../../lib/roles/parcel.ts";
import { RateControlStream } from "../../lib/roles/rate_control_stream.ts";
import type { SendBuffers } from "../../lib/roles/send_buffers.ts";
import type { ZmqContext } from "../../lib/zmq/context.ts";
import type { Host } from "./host.ts";
import { readCurveClient } from "./keys.ts";
import { connectOutlets } from "./outlets.ts";
import { messagesThatMayWait, openRateDependencies } from "./rate_control.ts";

/** What the sending half works on. */
export interface SendingOptions {
  /** What the sockets are made from; it ends with `handOver`. */
  context: ZmqContext;
  /** Waits for descriptors. */
  poller: Poller;
  /** Where builders go back to; their memory is sent from. */
  pool: SendBuffers;
  /** Where to book. */
  ledger: SenderLedger;
  /** Told where receivers are. */
  own: OwnPeers;
  /** Name of the sensor. */
  sensor: string;
  /** Whether packets can wait for the network. */
  patient: boolean;
  /** Closes what is opened here. */
  stack: AsyncDisposableStack;
}

/** The sending half of the sender. */
export interface Sending {
  /** Sends and books. */
  sender: BatchSender;
  /** Keeps the rate, if it is to be kept. */
  rateControl?: TransformStream<BatchBuilder, Parcel>;
  /** Closes the sockets, and waits until what they hold was handed over or their linger has run out. */
  handOver(): Promise<void>;
}

/**
 * Opens the sending half. Threads that compress are started here, so do it before giving up rights.
 *
 * @param command What the sender is told.
 * @param host The process it runs in.
 * @param options What it works on.
 * @returns The sending half.
 */
export async function openSending(
  command: SendCommand,
  host: Host,
  options: SendingOptions,
): Promise<Sending> {
  const { endpoints, sendHighWaterMark, wireFormat, rateControl } = command;
  const { logger, instance } = host;
  const { context, sensor, stack } = options;
  const { lanes, handOver } = connectOutlets(context, {
    ...options,
    endpoints,
    curve: await readCurveClient(command.curveClient),
    sendHighWaterMark: messagesThatMayWait(sendHighWaterMark, wireFormat),
    logger,
  });
  const identity = { sensor, instance };
  const sender = openSender(lanes, command, { ...options, identity });
  if (rateControl === undefined) return { sender, handOver };
  const told = { rateControl, wireFormat };
  const rate = await openRateDependencies(told, { logger, stack });
  return {
    sender,
    rateControl: new RateControlStream({ ...rate, ...options, sender }),
    handOver,
  };
}

function openSender(
  lanes: readonly FrameOutlet[],
  { wireFormat, rateControl }: SendCommand,
  options: SendingOptions & { identity: SenderIdentity },
): BatchSender {
  if (wireFormat === "legacy") {
    const marked = rateControl !== undefined;
    return new LegacySender(lanes, { ...options, marked });
  }
  return new FrameSender(lanes, { ...options, now: () => Date.now() * 1000 });
}
