import { deepEqual, equal } from "node:assert/strict";
import { ConnectionBook } from "../../lib/roles/connection_book.ts";
import { Door } from "../../lib/roles/door.ts";
import {
  GuardedInlet,
  type OriginMessage,
} from "../../lib/roles/guarded_inlet.ts";
import type { KeyHolder, KeyHolders } from "../../lib/roles/key_holder.ts";
import { decodeFrameHeader } from "../../lib/wire/frame_header_decoder.ts";
import { sealFrame } from "../../lib/wire/frame.ts";
import { anyPackets, DETAILS, makeBuilder } from "../wire/frames.ts";
import { FakeConnections } from "./fake_connections.ts";
import { FakeLogger } from "./fakes.ts";

const USES = new Set(["send"] as const);

function holder(
  publicKey: string,
  changes: Partial<KeyHolder> = {},
): KeyHolder {
  return {
    publicKey,
    name: `name of ${publicKey}`,
    relay: false,
    uses: USES,
    ...changes,
  };
}

function holdersOf(...all: KeyHolder[]): KeyHolders {
  return new Map(all.map((one) => [one.publicKey, one]));
}

function frameOf(sensor: string): Uint8Array<ArrayBuffer> {
  return sealFrame(makeBuilder(anyPackets(3)), { ...DETAILS, sensor }).slice();
}

/** A message as it comes from a socket. */
class SentMessage implements OriginMessage {
  disposed = 0;

  constructor(
    readonly bytes: Uint8Array<ArrayBuffer>,
    readonly userId: string | undefined,
    readonly connection: number | undefined = 1,
  ) {}

  [Symbol.dispose](): void {
    this.disposed++;
  }
}

/** A guarded socket with messages in it. */
class Bed {
  readonly connections = new FakeConnections();
  readonly book = new ConnectionBook(this.connections, 100);
  readonly logger = new FakeLogger();
  readonly queue: SentMessage[] = [];
  readonly door: Door | undefined;
  readonly inlet: GuardedInlet;
  refused = 0;

  constructor(holders?: KeyHolders) {
    this.door = holders && new Door(this.book, holders);
    this.inlet = new GuardedInlet({
      fd: 3,
      tryReceive: () => this.queue.shift(),
    }, {
      book: this.book,
      door: this.door,
      onRefused: () => this.refused++,
      logger: this.logger,
    });
    this.book.opened(this.connections.open(1));
  }

  send(
    bytes: Uint8Array<ArrayBuffer>,
    userId?: string,
    connection = 1,
  ): SentMessage {
    const message = new SentMessage(bytes, userId, connection);
    this.queue.push(message);
    return message;
  }

  /** The name that the next message carries. */
  nextName(): string | undefined {
    using message = this.inlet.tryReceive();
    return message && decodeFrameHeader(message.bytes).header.sensor;
  }
}

Deno.test("attack: a sensor that claims another's name is known by its key's, and is told of once", () => {
  const bed = new Bed(holdersOf(holder("a"), holder("b", { name: "victim" })));
  const sent = [
    bed.send(frameOf("victim"), "a"),
    bed.send(frameOf("victim"), "a"),
  ];
  equal(bed.nextName(), "name of a");
  equal(bed.nextName(), "name of a");
  deepEqual(sent.map(({ disposed }) => disposed), [1, 1]);
  equal(bed.logger.lines.length, 1);
  deepEqual(bed.logger.lines[0]?.properties, { sensor: "name of a" });
});

Deno.test("a sensor that says its key's name is not copied, and tells whose it is", () => {
  const bed = new Bed(holdersOf(holder("a", { name: "gate" })));
  const sent = bed.send(frameOf("gate"), "a");
  const message = bed.inlet.tryReceive();
  equal(message?.bytes, sent.bytes);
  equal(message?.sender, "gate");
  equal(sent.disposed, 0);
  message?.[Symbol.dispose]();
  equal(sent.disposed, 1);
});

Deno.test("a relay's frames keep the names of their sensors", () => {
  const bed = new Bed(holdersOf(holder("r", { relay: true })));
  for (const name of ["gate", "other"]) {
    bed.send(frameOf(name), "r");
    equal(bed.nextName(), name);
  }
  bed.send(frameOf("gate"), "r");
  equal(bed.inlet.tryReceive()?.sender, undefined);
});

Deno.test("attack: what still comes by a removed key is refused, counted, and its connection ended", () => {
  const bed = new Bed(holdersOf(holder("a")));
  bed.send(frameOf("gate"), "a");
  equal(bed.nextName(), "name of a");
  const change = bed.door?.replace(holdersOf(holder("b")));
  deepEqual(change?.removed, ["name of a"]);
  deepEqual(change?.added, ["name of b"]);
  deepEqual(bed.connections.ended, [1]);
  const late = bed.send(frameOf("gate"), "a");
  equal(bed.inlet.tryReceive(), undefined);
  equal(late.disposed, 1);
  equal(bed.refused, 1);
  equal(bed.logger.lines.at(-1)?.level, "warn");
});

Deno.test("attack: a key that was removed before it ever spoke is refused at its first word, and cut off", () => {
  const bed = new Bed(holdersOf(holder("a"), holder("b")));
  bed.book.opened(bed.connections.open(2));
  bed.send(frameOf("gate"), "gone", 2);
  bed.send(frameOf("gate"), "a", 1);
  equal(bed.nextName(), "name of a");
  equal(bed.refused, 1);
  deepEqual(bed.connections.ended, [2]);
});

Deno.test("attack: a message without a key does not pass a door", () => {
  const bed = new Bed(holdersOf(holder("a")));
  bed.send(frameOf("gate"));
  equal(bed.inlet.tryReceive(), undefined);
  equal(bed.refused, 1);
});

Deno.test("attack: refused messages without end leave other work its turn", () => {
  const bed = new Bed(holdersOf(holder("a")));
  for (let number = 0; number < 1000; number++) bed.send(frameOf("x"), "gone");
  equal(bed.inlet.tryReceive(), undefined);
  equal(bed.queue.length > 900, true);
});

Deno.test("a list that only grows ends no connection, nor does a new name for a key, which counts from then on", () => {
  const bed = new Bed(holdersOf(holder("a")));
  bed.send(frameOf("gate"), "a");
  bed.inlet.tryReceive();
  const renamed = holder("a", { name: "new" });
  const change = bed.door?.replace(holdersOf(renamed, holder("b")));
  deepEqual(change, { added: ["name of b"], removed: [], ended: [] });
  bed.send(frameOf("gate"), "a");
  equal(bed.nextName(), "new");
});

Deno.test("without a door messages pass as they came, and are looked at only on suspicion", () => {
  const bed = new Bed();
  const sent = bed.send(frameOf("gate"));
  equal(bed.inlet.tryReceive(), sent);
  bed.connections.receive(1, 60);
  bed.book.endEndless();
  equal(bed.book.suspicious, true);
  bed.send(frameOf("gate"));
  bed.inlet.tryReceive();
  equal(bed.book.suspicious, false);
  equal(bed.inlet.tryReceive(), undefined);
  equal(bed.inlet.fd, 3);
});

Deno.test("frames of another version pass to their reader, which refuses them, and their sender's connection is ended", () => {
  for (const key of [undefined, "a"]) {
    const bed = new Bed(key === undefined ? undefined : holdersOf(holder(key)));
    for (let turn = 0; turn < 2; turn++) {
      const frame = frameOf("name of a");
      frame[4] = 2; // the version
      bed.send(frame, key);
      using message = bed.inlet.tryReceive();
      equal(message?.bytes[4], 2);
      equal(bed.inlet.tryReceive(), undefined);
    }
    deepEqual(bed.book.endForeign().map(({ key: of }) => of), [key]);
  }
});
