// Where a program writes packets, and how.

import { VERSION } from "../../lib/cli/version.ts";
import { FifoOutput } from "../../lib/libc/fifo_output.ts";
import { openOutput, type OutputPlace } from "../../lib/libc/open_output.ts";
import type { Poller } from "../../lib/libc/poller.ts";
import type { Precision } from "../../lib/pcap/file_header.ts";
import {
  type CaptureEncoder,
  type CaptureFormat,
  makeCaptureEncoder,
} from "../../lib/roles/capture_encoder.ts";
import type { Logger } from "../../lib/roles/logger.ts";
import { PcapDestination } from "../../lib/roles/pcap_destination.ts";

/** What is to be written where. */
export interface CaptureOutputOptions {
  /** A FIFO, a file or standard output. */
  destination: OutputPlace;
  /** What is written. */
  format: CaptureFormat;
  /** Unit of times. @default {"microseconds"} */
  precision?: Precision;
  /** Bytes that wait while nobody reads. */
  outputBuffer: number;
  /** What the destination usually is: that a new file is none is worth a line where FIFOs are usual. @default {"fifo"} */
  usually?: "fifo" | "file";
  /** Name of the program, for formats that tell who wrote them. */
  program: string;
  /** Told when the reader of a FIFO has gone. Only for a FIFO that Wireshark reads: then nothing is said about other readers. */
  onReaderGone?: () => void;
  /** Waits for descriptors. */
  poller: Poller;
  /** Says what happens. */
  logger: Logger;
}

/** An open output, and what makes its chunks. */
export interface CaptureOutput {
  /** Takes the chunks; the caller disposes it. */
  output: PcapDestination;
  /** Makes the chunks. */
  encoder: CaptureEncoder;
  /** Whether it is a FIFO, whose readers may come and go. */
  isFifo: boolean;
}

/**
 * Opens an output.
 *
 * @param options What is to be written where.
 * @returns The output.
 */
export function openCaptureOutput(
  options: CaptureOutputOptions,
): CaptureOutput {
  const { destination, format, precision, outputBuffer } = options;
  const { poller, logger, onReaderGone } = options;
  const encoder = makeCaptureEncoder(format, {
    ...(precision && { precision }),
    section: {
      os: "Linux",
      application: `${options.program} ${VERSION.number}`,
    },
  });
  const opened = openOutput(destination, { waiter: poller });
  const isFifo = opened.output instanceof FifoOutput;
  if (!isFifo && options.usually === "file") opened.remark = undefined;
  if (format === "pcapng" && isFifo && onReaderGone === undefined) {
    logger.warn(
      "Programs built on libpcap (tcpdump, Snort, Suricata, Zeek) refuse a pcapng stream as soon as it has two interfaces, that is, packets " +
        "of two hosts, groups or network interfaces: write --format pcap for them",
    );
  }
  const output = new PcapDestination(opened, {
    outputBuffer,
    header: () => encoder.begin(),
    before: (chunk) => encoder.before(chunk),
    logger,
    ...(onReaderGone && { onReaderGone }),
  });
  return { output, encoder, isFifo };
}
