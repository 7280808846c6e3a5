import type { BatchBuilder } from "../batch_builder.ts";
import type { BatchPool } from "./builder_pool.ts";
import type { Patience } from "./patience.ts";

/** Builders that come a moment later while much waits further on. */
export class PatientPool implements BatchPool {
  readonly #pool: BatchPool;
  readonly #patience: Pick<Patience, "wait">;

  /**
   * @param pool Where they come from and go back to.
   * @param patience When they are waited for.
   */
  constructor(pool: BatchPool, patience: Pick<Patience, "wait">) {
    this.#pool = pool;
    this.#patience = patience;
  }

  /** Takes an empty builder. */
  take(): BatchBuilder | Promise<BatchBuilder> {
    const wait = this.#patience.wait();
    return wait === undefined
      ? this.#pool.take()
      : wait.then(() => this.#pool.take());
  }

  /**
   * Gives a builder back.
   *
   * @param builder One that was taken.
   */
  give(builder: BatchBuilder): void {
    this.#pool.give(builder);
  }
}
