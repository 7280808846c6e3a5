import { encodeCString, readCString } from "../ffi/c_string.ts";
import { MAX_SNAPLEN } from "../pcap/constants.ts";
import { MAX_FILTER_SIZE } from "../pcap/filter_limit.ts";
import { DLT_RAW, NETMASK_UNKNOWN, PROGRAM_SIZE } from "./constants.ts";
import { FilterError } from "./filter_error.ts";
import { type LibpcapLibrary, loadLibpcap } from "./load.ts";
import { PacketFilter } from "./packet_filter.ts";

/** Compiles expressions of pcap-filter(7) for packets that begin with their IP header. libpcap is opened when the first one comes. */
export class FilterCompiler implements AsyncDisposable {
  readonly #load: () => LibpcapLibrary;
  #library: LibpcapLibrary | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** What the other thread reads and writes, kept from the garbage collector. */
  #lent: readonly Uint8Array[] = [];

  /**
   * Makes a compiler.
   *
   * @param load Opens libpcap. @default {loadLibpcap}
   */
  constructor(load: () => LibpcapLibrary = loadLibpcap) {
    this.#load = load;
  }

  /**
   * Compiles an expression, on another thread; one after the other, so that many of them do not take all processors.
   *
   * @param expression The expression; names of hosts in it are looked up.
   * @returns The filter, which the caller disposes of.
   * @throws {FilterError} If libpcap refuses it, with libpcap's message.
   * @throws {RangeError} If it is longer than {@linkcode MAX_FILTER_SIZE}.
   * @throws {LibraryError} If libpcap is not there.
   */
  compile(expression: string): Promise<PacketFilter> {
    const compiled = this.#last.then(() => this.#compile(expression));
    this.#last = compiled.then(() => {}, () => {});
    return compiled;
  }

  /** Closes libpcap, once what is being compiled is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    this.#library?.close();
    this.#library = undefined;
  }

  async #compile(expression: string): Promise<PacketFilter> {
    const text = encodeCString(expression);
    const size = text.byteLength - 1;
    if (size > MAX_FILTER_SIZE) {
      throw new RangeError(
        `Cannot use a filter of ${size} bytes: ${MAX_FILTER_SIZE} are allowed`,
      );
    }
    this.#library ??= this.#load();
    const { symbols } = this.#library;
    const handle = symbols.pcap_open_dead(DLT_RAW, MAX_SNAPLEN);
    if (handle === null) throw new FilterError("there is no memory");
    try {
      const program = new Uint8Array(PROGRAM_SIZE);
      this.#lent = [text, program];
      const result = await symbols.pcap_compile(
        handle,
        program,
        text,
        1,
        NETMASK_UNKNOWN,
      );
      if (result === 0) return new PacketFilter(symbols, program);
      const reason = symbols.pcap_geterr(handle);
      throw new FilterError(
        reason === null ? `code ${result}` : readCString(reason),
      );
    } finally {
      symbols.pcap_close(handle);
    }
  }
}
