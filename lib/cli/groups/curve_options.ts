import { object } from "@optique/core/constructs";
import { type OptionGroup, optionGroup } from "../command.ts";
import { valueOption } from "../declare_option.ts";
import { requireTogether } from "../requirements.ts";
import { curveKey, filePath } from "../values/mod.ts";

/** What a binding end needs for CURVE. */
export interface CurveServer {
  /** File with the key pair of this end. */
  readonly keyFile: string;
  /** File with the names and public keys of those who may connect, or directory of such files. */
  readonly allowPath: string;
}

/** What a connecting end needs for CURVE. */
export interface CurveClient {
  /** File with the key pair of this end. */
  readonly keyFile: string;
  /** The public key of the other end, as text. */
  readonly serverKey: string;
}

/** CURVE of a program that binds. */
export interface CurveServerSettings {
  /** Undefined when anybody may connect. */
  readonly curveServer: CurveServer | undefined;
}

/** CURVE of a program that answers requests. */
export interface QueryCurveServerSettings {
  /** Undefined when the same holds as for data. */
  readonly queryCurveServer: CurveServer | undefined;
}

/** CURVE of a program that connects. */
export interface CurveClientSettings {
  /** Undefined when the other end asks for none. */
  readonly curveClient: CurveClient | undefined;
}

/** Options of a program that binds: `--curve-server-key`, `--curve-allow`. */
export const curveServerOptions: OptionGroup<CurveServerSettings> = optionGroup(
  object("Who may connect", {
    keyFile: valueOption(["--curve-server-key"], {
      value: filePath(),
      help:
        "Encrypt and authenticate (CURVE) with the key pair in FILE, as --keygen writes it. Needs --curve-allow.",
    }),
    allowPath: valueOption(["--curve-allow"], {
      value: filePath({ metavar: "FILE|DIR", type: "any" }),
      help:
        "Who may connect: lines of a name and a public key, in FILE or in the files of DIR; read again on SIGHUP. The name is the " +
        "sensor's name. Needs --curve-server-key.",
    }),
  }),
  ({ keyFile, allowPath }) => {
    requireTogether({
      "--curve-server-key": keyFile,
      "--curve-allow": allowPath,
    });
    return { curveServer: makeServer(keyFile, allowPath) };
  },
);

/** Options of a program that answers requests: `--buffer-curve-server-key`, `--buffer-curve-allow`. */
export const queryCurveServerOptions: OptionGroup<QueryCurveServerSettings> =
  optionGroup(
    object("Who may ask for the last traffic", {
      keyFile: valueOption(["--buffer-curve-server-key"], {
        value: filePath(),
        hint: "as --curve-server-key",
        help:
          "Key pair of --buffer-interface, where it is another. Needs --buffer-curve-allow.",
      }),
      allowPath: valueOption(["--buffer-curve-allow"], {
        value: filePath({ metavar: "FILE|DIR", type: "any" }),
        hint: "as --curve-allow",
        help:
          "Who may ask, where it is not who may send. Needs --buffer-curve-server-key.",
      }),
    }),
    ({ keyFile, allowPath }) => {
      requireTogether({
        "--buffer-curve-server-key": keyFile,
        "--buffer-curve-allow": allowPath,
      });
      return { queryCurveServer: makeServer(keyFile, allowPath) };
    },
  );

/** Options of a program that connects: `--curve-key`, `--curve-server`. */
export const curveClientOptions: OptionGroup<CurveClientSettings> = optionGroup(
  object("Whom to trust", {
    keyFile: valueOption(["--curve-key"], {
      value: filePath(),
      help:
        "Show the other end that this is us (CURVE), by the key pair in FILE, as --keygen writes it. Needs --curve-server.",
    }),
    serverKey: valueOption(["--curve-server"], {
      value: curveKey(),
      help:
        "Public key of the end that is connected to: nobody else gets the packets. Needs --curve-key.",
    }),
  }),
  ({ keyFile, serverKey }) => {
    requireTogether({ "--curve-key": keyFile, "--curve-server": serverKey });
    return {
      curveClient: keyFile === undefined || serverKey === undefined
        ? undefined
        : { keyFile, serverKey },
    };
  },
);

function makeServer(
  keyFile: string | undefined,
  allowPath: string | undefined,
): CurveServer | undefined {
  return keyFile === undefined || allowPath === undefined
    ? undefined
    : { keyFile, allowPath };
}
