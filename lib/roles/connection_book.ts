import { formatIPv4, formatIPv6 } from "../dissect/address.ts";
import type { SocketAddress } from "../libc/socket_address.ts";

/** What looks at connections by their descriptors, which may mean others by now; see `SocketInspector`. */
export interface ConnectionInspector {
  /** What tells a connection from every other, undefined when it has ended. */
  identify(descriptor: number): bigint | undefined;
  /** Its other end. */
  peer(descriptor: number): SocketAddress | undefined;
  /** Bytes it has received, undefined where the kernel does not tell. */
  bytesReceived(descriptor: number): number | undefined;
  /** Ends it, if it is the one that is meant. */
  shutdown(descriptor: number, identity: bigint): boolean;
}

/** A connection that was ended. */
export interface EndedConnection {
  /** Where it came from, undefined for Unix sockets. */
  readonly address: string | undefined;
  /** The key that its messages came by, undefined if none had come. */
  readonly key: string | undefined;
}

/** What is known of a connection. */
interface Connection {
  readonly identity: bigint;
  readonly address: string | undefined;
  key: string | undefined;
  /** Bytes it had received when its last message was seen, or looked for. */
  seenAt: number;
  /** Messages of all connections that were looked at before this one became suspect; undefined while it is not. */
  suspectSince: number | undefined;
  /** How often all messages had been taken when one first came by it that is of another version; undefined while none has. */
  foreignSince: number | undefined;
  /** Whether one came after that too, which is no leftover of the descriptor's connection before. */
  foreign: boolean;
}

/**
 * Bytes that a connection may send without a whole message: one part of the largest size, and what the kernel holds. libzmq gathers the parts of a message without
 * any limit.
 */
export const UNFINISHED_LIMIT = 64 * 1024 * 1024;

/**
 * The connections of a socket that others connect to: where they come from, whose they are, and whether they send messages or only bytes.
 *
 * Descriptors are libzmq's, which closes them when it likes; a connection is known by its identity too, and another one is never ended in its place.
 */
export class ConnectionBook {
  readonly #inspector: ConnectionInspector;
  readonly #limit: number;
  readonly #connections = new Map<number, Connection>();
  #looked = 0;
  #emptied = 0;
  #suspects = 0;

  /**
   * Starts with no connections.
   *
   * @param inspector Looks at them.
   * @param limit Bytes that one may send without a whole message.
   */
  constructor(
    inspector: ConnectionInspector,
    limit: number = UNFINISHED_LIMIT,
  ) {
    this.#inspector = inspector;
    this.#limit = limit;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#connections.size;
  }

  /** Whether {@linkcode spoke} is to be told of each message, with or without keys. */
  get suspicious(): boolean {
    return this.#suspects > 0;
  }

  /**
   * Notes a new connection.
   *
   * @param descriptor Its descriptor.
   * @returns Where it comes from.
   */
  opened(descriptor: number): string | undefined {
    return this.#find(descriptor)?.address;
  }

  /**
   * Forgets a connection.
   *
   * @param descriptor What its descriptor was.
   * @returns Where it came from.
   */
  closed(descriptor: number): string | undefined {
    const known = this.#connections.get(descriptor);
    this.#forget(descriptor);
    return known?.address;
  }

  /**
   * Notes that a message came by a connection.
   *
   * @param descriptor Its descriptor.
   * @param key The key it came by.
   * @returns Whether this is the first one by that key.
   */
  spoke(descriptor: number, key?: string): boolean {
    this.#looked++;
    const connection = this.#connections.get(descriptor) ??
      this.#find(descriptor);
    if (connection === undefined) return false;
    if (connection.suspectSince !== undefined) {
      connection.seenAt = this.#inspector.bytesReceived(descriptor) ?? 0;
      this.#clear(connection);
    }
    if (key === undefined || connection.key === key) return false;
    connection.key = key;
    return true;
  }

  /** Notes that no whole message is left: all that connections have sent beyond their messages is unfinished. */
  emptied(): void {
    this.#emptied++;
    if (this.suspicious) this.#looked += this.#connections.size + 1;
  }

  /**
   * Notes that a message of another version came by a connection.
   *
   * @param descriptor Its descriptor.
   */
  spokeForeign(descriptor: number): void {
    const connection = this.#find(descriptor);
    if (connection === undefined) return;
    connection.foreignSince ??= this.#emptied;
    connection.foreign = connection.foreignSince < this.#emptied;
  }

  /**
   * Ends connections by which messages of another version come: their senders hear of it by nothing else. To be called once in a while, since they come again.
   *
   * @returns Those that were ended.
   */
  endForeign(): EndedConnection[] {
    return this.#endThose(({ foreign }) => foreign);
  }

  /**
   * Ends connections that may no longer be: those of other keys than are allowed, and those that never sent anything, as nobody knows whose they are. Who may connect
   * does so again.
   *
   * @param isAllowed Tells whether a key may go on.
   * @returns Those that were ended.
   */
  endUnless(isAllowed: (key: string) => boolean): EndedConnection[] {
    return this.#endThose(({ key }) => key === undefined || !isAllowed(key));
  }

  /**
   * Ends the connection that a message came by.
   *
   * @param descriptor Its descriptor.
   * @param key The key the message came by.
   * @returns What it was, or undefined if it has ended by itself, or the descriptor is another key's by now.
   */
  end(descriptor: number, key: string): EndedConnection | undefined {
    const connection = this.#find(descriptor);
    if (connection === undefined) return undefined;
    connection.key ??= key;
    return connection.key === key
      ? this.#end(descriptor, connection)
      : undefined;
  }

  /**
   * Ends connections that send bytes and no messages. To be called several times a second.
   *
   * One is first suspected, and ended the next time if each connection with a whole message has had its turn meanwhile.
   *
   * @returns Those that were ended.
   */
  endEndless(): EndedConnection[] {
    const looked = this.#looked;
    const patience = this.#connections.size;
    return this.#endThose((connection, descriptor) => {
      const { seenAt, suspectSince } = connection;
      const received = this.#inspector.bytesReceived(descriptor);
      const unfinished = received === undefined ? 0 : received - seenAt;
      if (unfinished <= this.#limit / 2) {
        this.#clear(connection);
        return false;
      }
      if (suspectSince === undefined) {
        connection.suspectSince = looked;
        this.#suspects++;
        return false;
      }
      return unfinished > this.#limit && looked - suspectSince > patience;
    });
  }

  #endThose(
    isOne: (connection: Connection, descriptor: number) => boolean,
  ): EndedConnection[] {
    const ended: EndedConnection[] = [];
    for (const [descriptor, connection] of [...this.#connections]) {
      if (!isOne(connection, descriptor)) continue;
      const end = this.#end(descriptor, connection);
      if (end !== undefined) ended.push(end);
    }
    return ended;
  }

  #end(
    descriptor: number,
    { identity, address, key }: Connection,
  ): EndedConnection | undefined {
    const ended = this.#inspector.shutdown(descriptor, identity);
    this.#forget(descriptor);
    return ended ? { address, key } : undefined;
  }

  /** Gives the connection that a descriptor means now. */
  #find(descriptor: number): Connection | undefined {
    const identity = this.#inspector.identify(descriptor);
    const known = this.#connections.get(descriptor);
    if (identity !== undefined && known?.identity === identity) return known;
    this.#forget(descriptor);
    if (identity === undefined) return undefined;
    const connection: Connection = {
      identity,
      address: formatPeer(this.#inspector.peer(descriptor)),
      key: undefined,
      seenAt: 0,
      suspectSince: undefined,
      foreignSince: undefined,
      foreign: false,
    };
    this.#connections.set(descriptor, connection);
    return connection;
  }

  #forget(descriptor: number): void {
    const connection = this.#connections.get(descriptor);
    if (connection !== undefined) this.#clear(connection);
    this.#connections.delete(descriptor);
  }

  #clear(connection: Connection): void {
    if (connection.suspectSince === undefined) return;
    connection.suspectSince = undefined;
    this.#suspects--;
  }
}

function formatPeer(peer: SocketAddress | undefined): string | undefined {
  if (peer === undefined || peer.family === "unix") return undefined;
  const { buffer, byteOffset, byteLength } = peer.address;
  const view = new DataView(buffer, byteOffset, byteLength);
  return peer.family === "ipv4"
    ? `${formatIPv4(view, 0)}:${peer.port}`
    : `[${formatIPv6(view, 0)}]:${peer.port}`;
}
