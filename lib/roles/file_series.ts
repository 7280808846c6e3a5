import { formatFileName } from "./file_name_pattern.ts";

/** How the files of a series are named. */
export interface FileSeriesOptions {
  /** The name; with a time, conversions of strftime(3) in it are made. */
  pattern: string;
  /** Whether the pattern has conversions: where files are begun by time. */
  hasTimes: boolean;
  /** Files that are kept; undefined for all. */
  maxFiles: number | undefined;
}

/** The names of the files of a dump that begins new ones. */
export class FileSeries {
  readonly #options: FileSeriesOptions;
  readonly #kept: string[] = [];
  #last: string | undefined;
  #repeats = 0;

  /**
   * Begins with no file.
   *
   * @param options How to name them.
   */
  constructor(options: FileSeriesOptions) {
    this.#options = options;
  }

  /**
   * Names the next file: as the pattern says, with a number behind it, from 1 on, where the last file had that name already.
   *
   * @param date The time.
   * @returns The name, and the name of the file that is one too many, if there is one.
   */
  next(date: Date): { path: string; surplus: string | undefined } {
    const { pattern, hasTimes, maxFiles = Infinity } = this.#options;
    const name = hasTimes ? formatFileName(pattern, date) : pattern;
    this.#repeats = name === this.#last ? this.#repeats + 1 : 0;
    this.#last = name;
    const path = this.#repeats === 0 ? name : `${name}${this.#repeats}`;
    // A name can come again: %H does on the next day.
    const again = this.#kept.indexOf(path);
    if (again >= 0) this.#kept.splice(again, 1);
    this.#kept.push(path);
    const surplus = this.#kept.length > maxFiles
      ? this.#kept.shift()
      : undefined;
    return { path, surplus };
  }
}
