import { MESSAGE_STRUCT_SIZE } from "./constants.ts";
import type { ZmqSymbols } from "./load.ts";

const SLOTS_PER_BLOCK = 64;

/** Room for one `zmq_msg_t`, at an address that never changes. */
export interface MessageSlot {
  /** Address of the structure, which always holds a valid message: an empty one while the slot is free. */
  readonly pointer: Deno.PointerObject;
  /** Whether somebody holds the slot. */
  taken: boolean;
}

/** Memory for `zmq_msg_t` structures, grown block by block and reused, since many messages may be held at once. */
export class MessageSlab implements Disposable {
  readonly #symbols: ZmqSymbols;
  readonly #blocks: ArrayBuffer[] = [];
  readonly #slots: MessageSlot[] = [];
  readonly #free: MessageSlot[] = [];
  readonly #spare: MessageSlot;
  #open = true;

  /**
   * Makes an empty slab.
   *
   * @param symbols libzmq's functions.
   */
  constructor(symbols: ZmqSymbols) {
    this.#symbols = symbols;
    this.#spare = this.acquire();
  }

  /** How many slots are taken. */
  get taken(): number {
    return this.#slots.length - this.#free.length - 1; // less the spare one
  }

  /**
   * Takes a slot that holds an empty message.
   *
   * @returns The slot, to be given back by {@linkcode release}.
   */
  acquire(): MessageSlot {
    if (this.#free.length === 0) this.#grow();
    const slot = this.#free.pop();
    if (slot === undefined) throw new Error("Cannot grow the message slab");
    slot.taken = true;
    return slot;
  }

  /**
   * Gives a slot back and releases the message it holds. Does nothing after the slab's end.
   *
   * @param slot The slot.
   */
  release(slot: MessageSlot): void {
    if (!slot.taken || !this.#open) return;
    slot.taken = false;
    // zmq_msg_move closes its target and leaves its source empty: one call for close and init.
    this.#symbols.zmq_msg_move(slot.pointer, this.#spare.pointer);
    this.#free.push(slot);
  }

  /** Releases every message, also those that somebody still holds. */
  [Symbol.dispose](): void {
    for (const slot of this.#slots) {
      if (slot !== this.#spare) this.release(slot);
    }
    this.#open = false;
  }

  #grow(): void {
    // An ArrayBuffer of its own lies outside V8's heap, where nothing moves.
    const block = new ArrayBuffer(MESSAGE_STRUCT_SIZE * SLOTS_PER_BLOCK);
    this.#blocks.push(block);
    for (let index = SLOTS_PER_BLOCK - 1; index >= 0; index--) {
      const offset = index * MESSAGE_STRUCT_SIZE;
      const pointer = Deno.UnsafePointer.of(new Uint8Array(block, offset));
      if (pointer === null) throw new Error("Cannot grow the message slab");
      this.#symbols.zmq_msg_init(pointer);
      const slot: MessageSlot = { pointer, taken: false };
      this.#slots.push(slot);
      this.#free.push(slot);
    }
  }
}
