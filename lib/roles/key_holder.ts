/** What a key may be used for: to send packets, or to ask for the last ones. */
export type KeyUse = "send" | "query";

/** Who a public key belongs to, and what it is good for. */
export interface KeyHolder {
  /** The key, as Z85 text. */
  readonly publicKey: string;
  /** Whose it is: the sensor's name in ledger, page and pcapng, whatever its frames say. */
  readonly name: string;
  /** Whether it is that of a relay, whose frames carry the names of many sensors and keep them. */
  readonly relay: boolean;
  /** What it is good for. */
  readonly uses: ReadonlySet<KeyUse>;
}

/** Who may connect, by public key. */
export type KeyHolders = ReadonlyMap<string, KeyHolder>;
