/** A place in an {@linkcode OrderedQueue}: what belongs there comes later. */
export interface Place<T> {
  /** Gives what belongs there, once. */
  fill(value: T): void;
}

interface Slot<T> {
  value: T | undefined;
}

/**
 * Puts what becomes ready in any order back into the order in which it was begun.
 *
 * It holds what is ready and waits for something before it, so whoever begins things must not let it grow: see {@linkcode whenBelow}.
 */
export class OrderedQueue<T> {
  readonly #emit: (value: T) => void;
  readonly #slots: Slot<{ value: T }>[] = [];
  #waiting: { limit: number; resolve: () => void } | undefined;

  /**
   * Makes an empty queue.
   *
   * @param emit Takes what is ready, in order.
   */
  constructor(emit: (value: T) => void) {
    this.#emit = emit;
  }

  /** Places that are not emitted yet. */
  get length(): number {
    return this.#slots.length;
  }

  /** Takes the next place in the order. */
  begin(): Place<T> {
    const slot: Slot<{ value: T }> = { value: undefined };
    this.#slots.push(slot);
    return {
      fill: (value) => {
        slot.value = { value };
        this.#drain();
      },
    };
  }

  /**
   * Adds what is ready already.
   *
   * @param value What comes next in the order.
   */
  push(value: T): void {
    if (this.#slots.length === 0) this.#emit(value);
    else this.#slots.push({ value: { value } });
  }

  /**
   * Waits until there are fewer places than a number. One may wait at a time.
   *
   * @param limit The number, 1 or more.
   */
  whenBelow(limit: number): Promise<void> {
    if (this.#slots.length < limit) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { limit, resolve };
    });
  }

  #drain(): void {
    for (
      let slot = this.#slots[0];
      slot?.value !== undefined;
      slot = this.#slots[0]
    ) {
      this.#slots.shift();
      this.#emit(slot.value.value);
    }
    const waiting = this.#waiting;
    if (waiting === undefined || this.#slots.length >= waiting.limit) return;
    this.#waiting = undefined;
    waiting.resolve();
  }
}
