import parse from "parse-prometheus-text-format";

/** One name of a scrape, with its lines. */
export interface MetricFamily {
  /** The name. */
  name: string;
  /** `COUNTER`, `GAUGE` and so on. */
  type: string;
  /** What it means. */
  help: string;
  /** The lines: numbers as they were written, and their labels. */
  metrics: { value: string; labels?: Record<string, string> }[];
}

/**
 * Reads the text form of Prometheus with a parser that we did not write.
 *
 * @param text What `/metrics` answered.
 * @returns What it says.
 * @throws {Error} If it is not right.
 */
export function parseMetrics(text: string): MetricFamily[] {
  const read: (text: string) => MetricFamily[] = parse;
  return read(text);
}

/**
 * Adds up the lines of a name.
 *
 * @param families What a scrape says.
 * @param name The name.
 * @param labels Labels that a line must have to count.
 * @returns The sum; undefined if there is no such line.
 */
export function sumOf(
  families: readonly MetricFamily[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const lines = families.find((family) => family.name === name)?.metrics
    .filter((line) =>
      Object.entries(labels).every(([label, value]) =>
        line.labels?.[label] === value
      )
    ) ?? [];
  if (lines.length === 0) return undefined;
  return lines.reduce((sum, { value }) => sum + Number(value), 0);
}
