import { padToEights } from "../bytes/copy_bytes.ts";
import type { PacketContext } from "../packet.ts";
import { encodeInterface } from "./interface_block.ts";
import { encodePacketOptions } from "./packet_options.ts";
import type { PacketTemplate } from "./enhanced_packet.ts";

/** Whether packets get an interface each for their sensor, group and network interface, or all of them the same. */
export type InterfaceMode = "each" | "one";

/** An interface of the file that is being written. */
export interface InterfaceEntry {
  /** Its number. */
  readonly id: number;
  /** The block that describes it. */
  readonly block: Uint8Array;
  /** The sensor of its packets; empty where it stands for all. */
  readonly sensor: string;
  /** The NFLOG group of its packets; undefined where it stands for all. */
  readonly group: number | undefined;
  /** Packets written. */
  delivered: number;
  /** Packets that are known to have been lost between them. */
  lost: number;
  /** Time of the first packet in microseconds since 1970; infinite when there was none. */
  first: number;
  /** Time of the last packet in microseconds since 1970; minus infinite when there was none. */
  last: number;
}

/** A template, and the interface whose counts it adds to. */
export interface InterfaceTemplate extends PacketTemplate {
  /** The interface. */
  readonly entry: InterfaceEntry;
}

/** Names come over the network: a sender that makes up new ones may not fill the memory. Further ones share an interface. */
const MAX_INTERFACES = 4096;

/** Which interfaces a file describes so far. */
export class InterfaceTable {
  #linkType: number;
  #mode: InterfaceMode;
  #entries: InterfaceEntry[] = [];
  #byName = new Map<string, InterfaceEntry>();
  #templates = new Map<string, WeakMap<PacketContext, InterfaceTemplate>>();
  #taken = 0;

  /**
   * Starts with no interface.
   *
   * @param linkType What packets begin with (LINKTYPE_*).
   * @param mode How many interfaces to make of them.
   */
  constructor(linkType: number, mode: InterfaceMode = "each") {
    this.#linkType = linkType;
    this.#mode = mode;
  }

  /** The interfaces, in the order of their numbers. */
  get entries(): readonly InterfaceEntry[] {
    return this.#entries;
  }

  /**
   * Gives what the packets of a context have in common; makes their interface when it is the first of its kind.
   *
   * @param sensor The host that the packets come from.
   * @param context Their context.
   * @returns The same for the same context object.
   */
  templateOf(sensor: string, context: PacketContext): InterfaceTemplate {
    let ofSensor = this.#templates.get(sensor);
    if (ofSensor === undefined) {
      if (this.#templates.size >= MAX_INTERFACES) this.#templates.clear();
      this.#templates.set(sensor, ofSensor = new WeakMap());
    }
    let template = ofSensor.get(context);
    if (template === undefined) {
      template = this.#makeTemplate(sensor, context);
      ofSensor.set(context, template);
    }
    return template;
  }

  /**
   * Gives the interface that counts of a sensor and a group belong to; makes one when there is none.
   *
   * @param sensor The host.
   * @param group The NFLOG group; undefined for any of its groups.
   * @returns The first such interface.
   */
  findOrAdd(sensor: string, group: number | undefined): InterfaceEntry {
    const known = this.#entries.find((entry) =>
      this.#mode === "one" ||
      entry.sensor === sensor && (group === undefined || entry.group === group)
    );
    return known ?? this.#entryOf(sensor, group, "");
  }

  /**
   * Gives the descriptions of interfaces that were made since it was last asked; they must be written before their packets.
   *
   * @returns The blocks.
   */
  takeNewBlocks(): Uint8Array[] {
    const fresh = this.#entries.slice(this.#taken);
    this.#taken = this.#entries.length;
    return fresh.map(({ block }) => block);
  }

  #makeTemplate(sensor: string, context: PacketContext): InterfaceTemplate {
    const { group, inputInterface, outputInterface } = context;
    const port = inputInterface === "" ? outputInterface : inputInterface;
    const entry = this.#entryOf(sensor, group, port);
    const isShared = entry.group === undefined;
    const extra = isShared
      ? `sensor=${JSON.stringify(sensor)} group=${group}`
      : "";
    const options = encodePacketOptions(context, extra);
    return {
      interfaceId: entry.id,
      options: padToEights(options),
      optionsSize: options.length,
      entry,
    };
  }

  #entryOf(
    sensor: string,
    group: number | undefined,
    port: string,
  ): InterfaceEntry {
    if (this.#mode === "one" || this.#entries.length >= MAX_INTERFACES) {
      return this.#sharedEntry();
    }
    const parts = [sensor, group ?? "", port].map(String);
    const name = parts.join(":").replace(/:+$/, "");
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const description = `NFLOG${group === undefined ? "" : ` group ${group}`}` +
      ` of ${sensor}${port === "" ? "" : `, interface ${port}`}`;
    return this.#add({ name, description, sensor, group });
  }

  #sharedEntry(): InterfaceEntry {
    const name = this.#mode === "one" ? "nflog" : "others";
    // No other name is without a colon and a group, but a sensor may be called so.
    const key = `${name}\0`;
    const known = this.#byName.get(key);
    if (known !== undefined) return known;
    const description = "NFLOG groups of several hosts";
    const shared = { name, description, sensor: "", group: undefined };
    return this.#add(shared, key);
  }

  #add(
    of: {
      name: string;
      description: string;
      sensor: string;
      group: number | undefined;
    },
    key: string = of.name,
  ): InterfaceEntry {
    const entry: InterfaceEntry = {
      id: this.#entries.length,
      block: encodeInterface(this.#linkType, of.name, of.description),
      sensor: of.sensor,
      group: of.group,
      delivered: 0,
      lost: 0,
      first: Infinity,
      last: -Infinity,
    };
    this.#entries.push(entry);
    this.#byName.set(key, entry);
    return entry;
  }
}
