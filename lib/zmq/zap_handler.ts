import { CURVE_KEY, SEND_FLAG, SOCKET_TYPE, ZAP } from "./constants.ts";
import type { ZmqContext } from "./context.ts";
import { decodeCurveKey } from "./curve.ts";
import { unmapAddress } from "./ip_address.ts";
import { MessageSocket } from "./message_socket.ts";
import { encodeZ85 } from "./z85.ts";

/** Public keys that may connect, as Z85 text, each with the name of its owner. */
export type AllowList = ReadonlyMap<string, string>;

/** A client that was turned away. */
export interface ZapRefusal {
  /** The domain of the socket it connected to. */
  domain: string;
  /** The address it came from, without the port; empty for ipc. */
  address: string;
  /** Its public key as Z85 text, or empty if it used no CURVE. */
  publicKey: string;
}

/** How a {@linkcode ZapHandler} decides. */
export interface ZapHandlerOptions {
  /**
   * Who may connect, by the `domain` of the sockets; a domain that is not named lets nobody in.
   *
   * @default {new Map()}
   */
  allow?: ReadonlyMap<string, AllowList>;
  /** Called for each client that is turned away. */
  onRefused?: (refusal: ZapRefusal) => void;
}

// The parts of a request and a reply (ZAP, RFC 27).
const REQUEST = {
  VERSION: 0,
  ID: 1,
  DOMAIN: 2,
  ADDRESS: 3,
  MECHANISM: 5,
  KEY: 6,
  PARTS: 7,
} as const;
const MAX_NAME = 255;
const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Decides which CURVE keys may connect to the sockets of a context (the ZAP protocol).
 *
 * Open it before the server sockets are bound, and call {@linkcode serve} whenever {@linkcode ZmqSocket.fd} is readable:
 * clients wait for the answer. The name of a key comes with every message as {@linkcode ZmqMessage.userId}. Keys are
 * looked at once per connection, when it begins: after a key is removed, end its connections by
 * {@linkcode SocketInspector.shutdown}; they are refused when they come again.
 */
export class ZapHandler extends MessageSocket {
  readonly #onRefused: ((refusal: ZapRefusal) => void) | undefined;
  #allow: ReadonlyMap<string, AllowList> = new Map();
  #refused = 0;

  private constructor(context: ZmqContext, options: ZapHandlerOptions) {
    super(context, SOCKET_TYPE.REP, { linger: 0 });
    this.#onRefused = options.onRefused;
  }

  /**
   * Makes the handler of a context, which has one at most.
   *
   * @param context The context.
   * @param options Who may connect.
   * @returns The handler, which the caller disposes of after the sockets it decides for.
   * @throws {SyntaxError} If a key of the lists is none.
   * @throws {RangeError} If a name is empty or longer than 255 bytes.
   * @throws {ErrnoError} If libzmq refuses (EADDRINUSE: the context has a handler).
   */
  static open(
    context: ZmqContext,
    options: ZapHandlerOptions = {},
  ): ZapHandler {
    using stack = new DisposableStack();
    const handler = stack.use(new ZapHandler(context, options));
    handler.replaceAllowed(options.allow ?? new Map());
    handler.bind(ZAP.ENDPOINT);
    stack.move();
    return handler;
  }

  /** How many clients were turned away. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Replaces the lists of who may connect, for the connections to come. Copies them.
   *
   * @param allow The lists by domain.
   * @throws {SyntaxError} If a key is none; the old lists stay.
   * @throws {RangeError} If a name is empty or longer than 255 bytes; the old lists stay.
   */
  replaceAllowed(allow: ReadonlyMap<string, AllowList>): void {
    const copy = new Map<string, AllowList>();
    for (const [domain, list] of allow) {
      for (const [publicKey, name] of list) checkEntry(publicKey, name);
      copy.set(domain, new Map(list));
    }
    this.#allow = copy;
  }

  /**
   * Answers every client that waits. Does not block.
   *
   * @returns How many were answered.
   * @throws {ErrnoError} If the handler is closed.
   */
  serve(): number {
    let answered = 0;
    for (;;) {
      const parts = this.#receiveRequest();
      if (parts === undefined) return answered;
      this.#answer(parts);
      answered++;
    }
  }

  #receiveRequest(): Uint8Array<ArrayBuffer>[] | undefined {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (;;) {
      using part = this.receivePart();
      if (part === undefined) return undefined;
      parts.push(part.bytes.slice());
      if (!part.more) return parts;
    }
  }

  #answer(parts: Uint8Array<ArrayBuffer>[]): void {
    const name = this.#findName(parts);
    const texts = name === undefined
      ? ["400", "the key is not allowed", ""]
      : ["200", "OK", name];
    if (name === undefined) this.#refuse(parts);
    const more = SEND_FLAG.DONTWAIT | SEND_FLAG.SNDMORE;
    this.sendCopy(encoder.encode(ZAP.VERSION), more);
    this.sendCopy(parts[REQUEST.ID] ?? EMPTY, more);
    for (const text of texts) this.sendCopy(encoder.encode(text), more);
    this.sendCopy(EMPTY, SEND_FLAG.DONTWAIT); // no metadata
  }

  #findName(parts: Uint8Array[]): string | undefined {
    const key = parts[REQUEST.KEY];
    if (
      parts.length !== REQUEST.PARTS || key?.length !== CURVE_KEY.BYTES ||
      decoder.decode(parts[REQUEST.VERSION]) !== ZAP.VERSION ||
      decoder.decode(parts[REQUEST.MECHANISM]) !== "CURVE"
    ) return undefined;
    const domain = decoder.decode(parts[REQUEST.DOMAIN]);
    return this.#allow.get(domain)?.get(encodeZ85(key));
  }

  #refuse(parts: Uint8Array[]): void {
    this.#refused++;
    const key = parts[REQUEST.KEY];
    this.#onRefused?.({
      domain: decoder.decode(parts[REQUEST.DOMAIN]),
      address: unmapAddress(decoder.decode(parts[REQUEST.ADDRESS])),
      publicKey: key?.length === CURVE_KEY.BYTES ? encodeZ85(key) : "",
    });
  }
}

function checkEntry(publicKey: string, name: string): void {
  decodeCurveKey(publicKey);
  const length = encoder.encode(name).length;
  if (length < 1 || length > MAX_NAME || name.includes("\0")) {
    throw new RangeError(
      `Cannot allow a key under the name ${JSON.stringify(name)}: ` +
        `names have 1 to ${MAX_NAME} bytes and no NUL`,
    );
  }
}
