import { escapeText } from "./escape_text.ts";

type Fields = Readonly<Record<string, unknown>>;

const MEBIBYTE = 1024 * 1024;
const LEDGER_COLUMNS = [
  ...["state", "sent", "received", "lost_in_transit"],
  ...["kernel_dropped", "rate_dropped", "queue_dropped"],
] as const;

/**
 * Writes what a receiver says of its window for people: what it holds, from when, of which sensors, and what became of all packets.
 *
 * @param stats What it says; what is missing is shown as `-`.
 * @returns Lines, harmless to show, each with its line break.
 */
export function formatQueryStats(stats: object): string {
  const { window, held_sensors, ledger } = stats as Fields;
  const held = fieldsOf(window);
  const { totals, sensors } = fieldsOf(ledger);
  return [
    ...formatWindow(held),
    "",
    ...formatRows(
      ["sensor", "packets", "frames", "MiB", "from", "to"],
      Object.entries(fieldsOf(held_sensors)).map(([name, sensor]) => {
        const { held_packets, held_frames, held_bytes, first, last } = fieldsOf(
          sensor,
        );
        return [name, held_packets, held_frames, mebibytes(held_bytes)]
          .concat(first, last);
      }),
    ),
    "",
    ...formatRows(
      ["counted since the start", ""],
      Object.entries(fieldsOf(totals)),
    ),
    "",
    ...formatRows(
      ["sender", ...LEDGER_COLUMNS],
      Object.entries(fieldsOf(sensors)).map(([name, sensor]) => {
        const fields = fieldsOf(sensor);
        return [name, ...LEDGER_COLUMNS.map((column) => fields[column])];
      }),
    ),
  ].map((line) => `${line}\n`).join("");
}

function formatWindow(held: Fields): string[] {
  const { held_bytes, size_bytes, held_packets, held_frames, first, last } =
    held;
  const full = percent(held_bytes, size_bytes);
  const shown = [
    [
      "window",
      `${mebibytes(held_bytes)} of ${mebibytes(size_bytes)} MiB (${full})`,
    ],
    [
      "holds",
      `${textOf(held_packets)} packets in ${textOf(held_frames)} frames`,
    ],
    ["from", first],
    ["to", last],
    ["left the window", `${textOf(held["expired_packets"])} packets`],
  ];
  return formatRows([], shown);
}

/** Lays rows out in columns: names to the left, numbers to the right. */
function formatRows(
  head: readonly string[],
  rows: readonly (readonly unknown[])[],
): string[] {
  const lines = [...(head.length > 0 ? [head] : []), ...rows];
  const cells = lines.map((row) => row.map((cell) => textOf(cell)));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0))
  );
  return cells.map((row) =>
    row.map((cell, column) => {
      const isNumber = rows.some((values) => isNumeric(values[column]));
      const width = widths[column] ?? 0;
      return isNumber ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd()
  );
}

function isNumeric(value: unknown): boolean {
  return typeof value === "number" ||
    typeof value === "string" && /^[0-9.]+$/.test(value);
}

function mebibytes(value: unknown): string {
  return typeof value === "number" ? (value / MEBIBYTE).toFixed(1) : "-";
}

function percent(part: unknown, whole: unknown): string {
  return typeof part === "number" && typeof whole === "number" && whole > 0
    ? `${Math.round(part / whole * 100)} %`
    : "-";
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "-";
  return escapeText(typeof value === "string" ? value : JSON.stringify(value));
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
