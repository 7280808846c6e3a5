// What scripts/bench.ts is made of: sections that each measure one thing and give one table.

/** What a section is told. */
export interface BenchContext {
  /** How often to measure each thing; the median counts. 1 or more. */
  rounds: number;
  /** Whether a rough answer will do, in a fifth of the time. */
  quick: boolean;
  /** Packets that the section `memory` sends, where it is said. */
  packets: number | undefined;
  /** A directory for the section's files; it is removed in the end. */
  folder: string;
  /** Says what is being done, for who watches. */
  say: (text: string) => void;
}

/** One value of a table; undefined where there is none. */
export type Cell = string | number | undefined;

/** What a section found. */
export interface BenchTable {
  /** Names of the columns, with their units. */
  columns: readonly string[];
  /** One row each, as long as `columns`. */
  rows: readonly (readonly Cell[])[];
  /** What a reader must know to read it right, a sentence each. */
  notes: readonly string[];
}

/** One thing to measure. */
export interface BenchSection {
  /** What `--only` calls it. */
  name: string;
  /** What it measures, in a line. */
  title: string;
  /** Measures it. */
  run: (context: BenchContext) => Promise<BenchTable>;
}

/**
 * Gives the middle of some numbers.
 *
 * @param numbers In any order.
 * @returns The median; NaN when there are none.
 */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  if (sorted.length % 2 === 1) return upper;
  return ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/**
 * Lays a table out for a terminal: text to the left, numbers to the right.
 *
 * @param table What to show.
 * @returns Lines, each with its newline.
 */
export function formatTable(table: BenchTable): string {
  const lines = [table.columns, ...table.rows].map((row) =>
    row.map(formatCell)
  );
  const widths = table.columns.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0))
  );
  const isText = table.columns.map((_, column) =>
    table.rows.every((row) => typeof row[column] === "string")
  );
  const rule = widths.map((width) => "-".repeat(width));
  const [head = [], ...rest] = lines;
  const text = [head, rule, ...rest].map((line) =>
    line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isText[column] ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ").trimEnd()
  );
  return [...text, ...table.notes].map((line) => `${line}\n`).join("");
}

function formatCell(cell: Cell): string {
  if (cell === undefined || Number.isNaN(cell)) return "-";
  if (typeof cell === "string" || Number.isInteger(cell)) return String(cell);
  return cell.toFixed(Math.abs(cell) < 100 ? 2 : 0);
}
