import assert from "node:assert/strict";
import { BatchBuilder, type PacketInput } from "../../lib/batch_builder.ts";
import { MAX_SNAPLEN } from "../../lib/pcap/constants.ts";
import type { Precision } from "../../lib/pcap/file_header.ts";
import { PcapDecoderStream } from "../../lib/pcap/pcap_decoder_stream.ts";
import { PcapEncoderStream } from "../../lib/pcap/pcap_encoder_stream.ts";
import { ReplaySource } from "../../lib/roles/replay_source.ts";
import {
  concatenate,
  generatePackets,
  makeBatch,
  streamOf,
} from "./packets.ts";
import { canRun, findTraces, run, tsharkFields, withFile } from "./tools.ts";

const TOOLS = canRun("tshark", "capinfos", "tcpdump");
const TRACES = findTraces(".pcap");

for (const precision of ["microseconds", "nanoseconds"] as Precision[]) {
  Deno.test({
    name: `tshark, capinfos and tcpdump read what we write in ${precision}`,
    ignore: !TOOLS,
    fn: async () => {
      const largest = {
        seconds: 1,
        nanoseconds: 999_999_999,
        originalLength: 400_000,
        data: new Uint8Array(MAX_SNAPLEN).fill(0x45),
      };
      const packets = [...generatePackets(300), largest];
      const chunks = await Array.fromAsync(
        ReadableStream.from([makeBatch(packets)])
          .pipeThrough(new PcapEncoderStream({ precision })),
      );
      const digits = precision === "nanoseconds" ? 9 : 6;
      await withFile(concatenate(chunks), async (path) => {
        const fields = ["frame.time_epoch", "frame.cap_len", "frame.len"];
        const rows = await tsharkFields(path, fields);
        assert.deepEqual(
          rows,
          packets.map(({ seconds, nanoseconds, data, originalLength }) => {
            const all = String(nanoseconds).padStart(9, "0");
            const time = all.slice(0, digits).padEnd(9, "0");
            const lengths = [data.length, originalLength].map(String);
            return [`${seconds}.${time}`, ...lengths];
          }),
        );
        const info = await run("capinfos", "-TmQ", "-r", "-c", "-E", path);
        assert.equal(info.stdout, `"${path}","rawip","${packets.length}"\n`);
        // Its copy is counted, for it prints no line for times after 2038 and several for some packets.
        const dump = await run("tcpdump", "-r", path, "-w", `${path}.copy`);
        assert.equal(dump.code, 0, dump.stderr);
        const copy = await Deno.readFile(`${path}.copy`);
        await Deno.remove(`${path}.copy`);
        assert.equal(copy.length, 24 + sizeOf(packets));
      });
    },
  });
}

function sizeOf(packets: readonly PacketInput[]): number {
  return packets.reduce((sum, { data }) => sum + 16 + data.length, 0);
}

const FRAME_FIELDS = ["frame.time_epoch", "frame.cap_len", "frame.len"];
const IP_FIELDS = [
  "frame.time_epoch",
  "ip.src",
  "ip.dst",
  "ip.len",
  "ipv6.src",
  "ipv6.dst",
  "ipv6.plen",
  "tcp.seq_raw",
  "tcp.flags",
  "udp.srcport",
  "udp.dstport",
];

Deno.test({
  name: "PcapDecoderStream reads other people's captures as tshark does",
  ignore: TRACES === undefined || !TOOLS,
  fn: async () => {
    assert(TRACES !== undefined && TRACES.length > 0);
    for (const url of TRACES) {
      const file = await Deno.open(url);
      const packets = file.readable.pipeThrough(new PcapDecoderStream());
      const rows: string[][] = [];
      for await (const packet of packets) {
        const nanoseconds = String(packet.nanoseconds).padStart(9, "0");
        const lengths = [packet.data.length, packet.originalLength];
        rows.push([`${packet.seconds}.${nanoseconds}`, ...lengths.map(String)]);
      }
      const expected = await tsharkFields(url.pathname, FRAME_FIELDS);
      assert.deepEqual(rows, expected, url.pathname);
    }
  },
});

Deno.test({
  name: "tshark finds the same IP packets in a replayed capture",
  ignore: TRACES === undefined || !TOOLS,
  fn: async () => {
    assert(TRACES !== undefined);
    for (const url of TRACES) {
      // Its time is the kernel's, not the record's, and its one packet of a bad length is left out.
      if (/nflog/.test(url.pathname)) continue;
      const file = await Deno.open(url);
      const makeBuilder = (): BatchBuilder =>
        new BatchBuilder(new Uint8Array(300_000));
      const source = new ReplaySource(file.readable, { makeBuilder });
      const builders = await Array.fromAsync(source);
      const chunks = await Array.fromAsync(
        ReadableStream.from(builders.map((builder) => builder.build()))
          .pipeThrough(new PcapEncoderStream()),
      );
      await withFile(concatenate(chunks), async (path) => {
        // Frames that are not IP may look as if they were, once their EtherType is gone.
        const only = ["-Y", "ip.src or ipv6.src"];
        const replayed = await tsharkFields(path, IP_FIELDS, ...only);
        const original = await tsharkFields(url.pathname, IP_FIELDS, ...only);
        assert(original.length > 0);
        assert.deepEqual(replayed, original, url.pathname);
      });
    }
  },
});

Deno.test({
  name: "ReplaySource reads other people's NFLOG captures",
  ignore: TRACES === undefined || !TOOLS,
  fn: async () => {
    const replay = async (name: string): Promise<[ReplaySource, string[]]> => {
      const url = TRACES?.find(({ pathname }) => pathname.endsWith(name));
      assert(url !== undefined);
      const bytes = await Deno.readFile(url);
      const source = new ReplaySource(streamOf(bytes), {
        makeBuilder: () => new BatchBuilder(new Uint8Array(300_000)),
      });
      const prefixes: string[] = [];
      for await (const builder of source) {
        for (const { prefix } of builder.build().contexts) {
          prefixes.push(prefix);
        }
      }
      return [source, prefixes];
    };
    const [http, prefixes] = await replay("nflog-http.pcap");
    assert.equal(http.packets, 13);
    assert.deepEqual(new Set(prefixes), new Set([""]));
    const [bad] = await replay("nflog-bad-tlv-len.pcap");
    assert.equal(bad.packets + bad.malformed, 1);
    assert.equal(bad.malformed, 1);
  },
});
