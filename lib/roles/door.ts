import type { ConnectionBook, EndedConnection } from "./connection_book.ts";
import type { KeyHolder, KeyHolders } from "./key_holder.ts";

/** Where a message or a request came from, as ZeroMQ tells. */
export interface Origin {
  /** What the ZAP handler gave to the connection: the public key, as Z85 text. */
  readonly userId: string | undefined;
  /** Descriptor of the connection. */
  readonly connection: number | undefined;
}

/** What came of a new list of keys. */
export interface DoorChange {
  /** Names of keys that were not on the list before. */
  readonly added: readonly string[];
  /** Names of keys that are no longer. */
  readonly removed: readonly string[];
  /** Connections that were ended. */
  readonly ended: readonly EndedConnection[];
}

/**
 * Who may come in at one socket by CURVE.
 *
 * The ZAP handler looks at a key once, when a connection begins; this looks at every message, so that a key that was removed is of no use from that moment on,
 * whatever still arrives by its connections.
 */
export class Door {
  readonly #book: ConnectionBook;
  #holders: KeyHolders;

  /**
   * Makes a door.
   *
   * @param book The connections of the socket.
   * @param holders Who may come in.
   */
  constructor(book: ConnectionBook, holders: KeyHolders) {
    this.#book = book;
    this.#holders = holders;
  }

  /**
   * Tells who a message is from.
   *
   * @param origin Where it came from.
   * @returns The holder of the key, or undefined if the message must not be used: its key is not on the list. Its connection has been ended then.
   */
  admit({ userId, connection }: Origin): KeyHolder | undefined {
    const holder = userId === undefined ? undefined : this.#holders.get(userId);
    if (connection === undefined) return holder;
    if (holder !== undefined) {
      this.#book.spoke(connection, holder.publicKey);
    } else if (userId !== undefined) this.#book.end(connection, userId);
    return holder;
  }

  /**
   * Lets others in from now on. Connections of keys that are no longer on the list are ended, and so are those that nobody has spoken by: whose they are is not known.
   *
   * @param holders Who may come in.
   * @returns What came of it.
   */
  replace(holders: KeyHolders): DoorChange {
    const before = this.#holders;
    this.#holders = holders;
    const added = namesMissing(holders, before);
    const removed = namesMissing(before, holders);
    const ended = removed.length > 0
      ? this.#book.endUnless((key) => holders.has(key))
      : [];
    return { added, removed, ended };
  }
}

function namesMissing(of: KeyHolders, from: KeyHolders): string[] {
  return [...of.values()].filter(({ publicKey }) => !from.has(publicKey))
    .map(({ name }) => name);
}
