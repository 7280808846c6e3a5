/** Where the parts of what stands before each message in the window lie, in bytes. */
export const ENTRY = {
  /** Bytes of the message. */
  SIZE: 0,
  /** Packets in it. */
  PACKETS: 4,
  /** Where in the message its records lie as they are; 0 when they must be unpacked. */
  RECORDS_OFFSET: 8,
  /** Bytes of its records. */
  RECORDS_SIZE: 12,
  /** Time of its earliest packet, in microseconds since 1970. */
  FIRST: 16,
  /** Time of its latest packet. */
  LAST: 24,
  /** Bytes of all this. */
  END: 32,
} as const;

/** A piece of the window's memory, and what is known of the messages that begin in it. */
export class WindowChunk {
  /** The memory. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A view of all of it. */
  readonly view: DataView<ArrayBuffer>;
  /** Which piece of all that there ever were, from 0. */
  number = 0;
  /** Offset of the first entry that begins here; -1 while there is none. */
  firstEntry: number = -1;
  /** Time of the earliest packet of the messages that begin here, in microseconds since 1970. */
  first: number = Infinity;
  /** Time of the latest one. */
  last: number = -Infinity;
  /** Bytes that the records of these messages take once they are unpacked; those that lie there as they are do not count. */
  packedSize = 0;
  /** How many borrow from it. */
  lent = 0;

  /**
   * Takes memory.
   *
   * @param size Bytes.
   */
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /**
   * Forgets what was in it.
   *
   * @param number Which piece it is from now on.
   */
  reset(number: number): void {
    this.number = number;
    this.firstEntry = -1;
    this.first = Infinity;
    this.last = -Infinity;
    this.packedSize = 0;
  }

  /**
   * Tells whether any message that begins here can have packets of a time.
   *
   * @param since The earliest time asked for, in microseconds since 1970.
   * @param until The latest one.
   * @returns Whether one can.
   */
  overlaps(since: number, until: number): boolean {
    return this.first <= until && this.last >= since;
  }
}
