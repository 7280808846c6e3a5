import { ErrnoError } from "../ffi/errno_error.ts";
import { CURVE_KEY, SOCKET_OPTION } from "./constants.ts";
import { loadZmq } from "./load.ts";
import { decodeZ85 } from "./z85.ts";

/** A pair of CURVE keys, each 40 characters of Z85 text. */
export interface CurveKeyPair {
  /** The public key: what others know this side by. */
  publicKey: string;
  /** The secret key: never to be logged. */
  secretKey: string;
}

/** The binding side of CURVE. It needs a {@linkcode ZapHandler} in its context, opened before the socket is bound. */
export interface CurveServerOptions {
  /** Which side this is. */
  role: "server";
  /** The server's secret key, as Z85 text. */
  secretKey: string;
  /** `ZMQ_ZAP_DOMAIN`: what the handler's allow lists are kept apart by; not empty. */
  domain: string;
}

/** The connecting side of CURVE. */
export interface CurveClientOptions {
  /** Which side this is. */
  role: "client";
  /** The server's public key, as Z85 text: another server is refused. */
  serverKey: string;
  /** This side's own keys. */
  keys: CurveKeyPair;
}

/** Encryption and authentication of one socket's connections. */
export type CurveOptions = CurveServerOptions | CurveClientOptions;

/** One option as libzmq takes it. */
export interface RawCurveOption {
  /** Its number. */
  option: number;
  /** Its value in memory. */
  value: Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

/**
 * Makes a new pair of keys from the system's randomness.
 *
 * @returns The keys.
 * @throws {LibraryError} If libzmq can not be loaded.
 * @throws {ErrnoError} If libzmq can not make keys.
 */
export function generateCurveKeyPair(): CurveKeyPair {
  const library = loadZmq();
  try {
    // Each with its NUL.
    const publicKey = new Uint8Array(CURVE_KEY.TEXT + 1);
    const secretKey = new Uint8Array(CURVE_KEY.TEXT + 1);
    if (library.symbols.zmq_curve_keypair(publicKey, secretKey) < 0) {
      const errno = library.symbols.zmq_errno();
      throw new ErrnoError("Cannot make CURVE keys", {
        call: "zmq_curve_keypair",
        errno,
      });
    }
    return {
      publicKey: readKeyText(publicKey),
      secretKey: readKeyText(secretKey),
    };
  } finally {
    library.close();
  }
}

/**
 * Computes the public key that belongs to a secret one.
 *
 * @param secretKey The secret key, as Z85 text.
 * @returns The public key, as Z85 text.
 * @throws {SyntaxError} If it is no key; the key is not quoted.
 * @throws {LibraryError} If libzmq can not be loaded.
 * @throws {ErrnoError} If libzmq refuses.
 */
export function deriveCurvePublicKey(secretKey: string): string {
  decodeCurveKey(secretKey);
  const library = loadZmq();
  try {
    const publicKey = new Uint8Array(CURVE_KEY.TEXT + 1);
    const secret = new TextEncoder().encode(secretKey + "\0");
    if (library.symbols.zmq_curve_public(publicKey, secret) < 0) {
      const errno = library.symbols.zmq_errno();
      throw new ErrnoError("Cannot derive a CURVE key", {
        call: "zmq_curve_public",
        errno,
      });
    }
    return readKeyText(publicKey);
  } finally {
    library.close();
  }
}

/**
 * Reads a CURVE key.
 *
 * @param text 40 characters of Z85.
 * @returns The 32 bytes, newly made.
 * @throws {SyntaxError} If it is no key; the text is not quoted, for it may be secret.
 */
export function decodeCurveKey(text: string): Uint8Array<ArrayBuffer> {
  if (text.length !== CURVE_KEY.TEXT) {
    throw new SyntaxError(
      `Cannot read a CURVE key of ${text.length} characters: it has ${CURVE_KEY.TEXT}`,
    );
  }
  return decodeZ85(text);
}

/**
 * Turns CURVE options into what libzmq takes.
 *
 * @param curve The options.
 * @yields Every option's number and value.
 * @throws {SyntaxError} If a key is none.
 * @throws {RangeError} If the domain is empty: libzmq would then let every client in.
 */
export function* encodeCurveOptions(
  curve: CurveOptions,
): Generator<RawCurveOption> {
  if (curve.role === "client") {
    const { serverKey, keys } = curve;
    const { CURVE_SERVERKEY, CURVE_PUBLICKEY, CURVE_SECRETKEY } = SOCKET_OPTION;
    yield { option: CURVE_SERVERKEY, value: decodeCurveKey(serverKey) };
    yield { option: CURVE_PUBLICKEY, value: decodeCurveKey(keys.publicKey) };
    yield { option: CURVE_SECRETKEY, value: decodeCurveKey(keys.secretKey) };
    return;
  }
  if (curve.domain === "") {
    throw new RangeError("Cannot use CURVE with an empty domain");
  }
  const { CURVE_SERVER, ZAP_DOMAIN, ZAP_ENFORCE_DOMAIN } = SOCKET_OPTION;
  yield { option: CURVE_SERVER, value: new Int32Array([1]) };
  yield {
    option: SOCKET_OPTION.CURVE_SECRETKEY,
    value: decodeCurveKey(curve.secretKey),
  };
  yield { option: ZAP_DOMAIN, value: new TextEncoder().encode(curve.domain) };
  // Otherwise everybody who knows the server's public key gets in when there is no handler.
  yield { option: ZAP_ENFORCE_DOMAIN, value: new Int32Array([1]) };
}

function readKeyText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, CURVE_KEY.TEXT));
}
