import type { ValueParser } from "@optique/core/valueparser";
import { quoteValue } from "../escape_text.ts";
import { valueParser } from "./value_parser.ts";

/** How often the Python original sent a counter, by chance. */
export interface StatsdSampling {
  /** About how many changes were gathered before a counter was sent. */
  readonly count: number;
  /** Over how many milliseconds the chance rose; undefined when none was said. */
  readonly interval: number | undefined;
}

/**
 * The Python original's sampling: `COUNT` or `COUNT/SECONDS`.
 *
 * @returns The parser.
 */
export function statsdSampling(): ValueParser<"sync", StatsdSampling> {
  return valueParser<StatsdSampling>({
    metavar: "COUNT[/SECONDS]",
    placeholder: { count: 1, interval: undefined },
    read(input): StatsdSampling {
      const match = /^([0-9]+(?:\.[0-9]+)?)(?:\/([0-9]+(?:\.[0-9]+)?))?$/
        .exec(input);
      if (match === null) {
        throw new SyntaxError(
          `Cannot use sampling ${
            quoteValue(input)
          }: write a count, such as 50, or with seconds, such as 50/60`,
        );
      }
      const [, count, interval] = match;
      return {
        count: Number(count),
        interval: interval === undefined ? undefined : Number(interval) * 1000,
      };
    },
    format: ({ count, interval }) =>
      interval === undefined ? `${count}` : `${count}/${interval / 1000}`,
  });
}
