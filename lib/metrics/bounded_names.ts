/** What stands for names beyond the bound. */
export const OTHER = "other";

/** Lets so many different names through, so that strangers who make up names do not fill a database; others become one. */
export class BoundedNames {
  readonly #names = new Set<string>();
  readonly #limit: number;

  /** @param limit How many names pass. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Passes a name, or replaces it.
   *
   * @param name The name.
   * @returns The name itself if it is among the first so many, else {@linkcode OTHER}.
   */
  pass(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= this.#limit) return OTHER;
    this.#names.add(name);
    return name;
  }
}
