import type { InterfaceEntry, InterfaceTable } from "./interface_table.ts";

/** What became of the packets of a sensor, or of one of its groups. */
export interface SensorLedger {
  /** The host. */
  sensor: string;
  /** The NFLOG group; left out for what is counted for the whole host, such as losses in transit, which its groups do not count again. */
  group?: number;
  /** Packets lost on the way. */
  lost: number;
  /** Whether the losses that packets told of are to be added to these, and not among them. @default {false} */
  apart?: boolean;
  /** Counts to be told in words, under their names in the ledger. */
  counters: Readonly<Record<string, number>>;
}

/** What the statistics of an interface tell beside its own counts. */
export interface LedgerShare {
  /** Packets lost that no packet of it told of. */
  lost: number;
  /** Rows of the ledger, as text. */
  comment: string;
}

/**
 * Tells which interface's statistics are to hold which rows of the ledger: the first of a row's sensor and group, which is made when no
 * packet of it ever came.
 *
 * Losses that packets told of (in their drop counts) are part of the ledger's; they stay where they were told, and only the rest is added.
 *
 * @param table The interfaces.
 * @param ledger The rows.
 * @returns What to add, for those interfaces for which there is something.
 */
export function shareLedger(
  table: InterfaceTable,
  ledger: readonly SensorLedger[],
): Map<InterfaceEntry, LedgerShare> {
  const shares = new Map<InterfaceEntry, LedgerShare>();
  const told = new Map<InterfaceEntry, number>();
  for (const row of ledger) {
    const home = table.findOrAdd(row.sensor, row.group);
    let { lost } = row;
    for (const entry of table.entries) {
      if (row.group === undefined || row.apart === true) break;
      if (!isOf(entry, row, home)) continue;
      const left = told.get(entry) ?? entry.lost;
      const taken = Math.min(left, lost);
      told.set(entry, left - taken);
      lost -= taken;
    }
    const share = shares.get(home) ?? { lost: 0, comment: "" };
    const before = share.comment === "" ? "" : `${share.comment}; `;
    shares.set(home, {
      lost: share.lost + lost,
      comment: before + formatRow(row),
    });
  }
  return shares;
}

function isOf(
  entry: InterfaceEntry,
  row: SensorLedger,
  home: InterfaceEntry,
): boolean {
  return entry === home ||
    entry.sensor === row.sensor && entry.group === row.group;
}

function formatRow(row: SensorLedger): string {
  const group = row.group === undefined ? [] : [`group=${row.group}`];
  const counts = Object.entries(row.counters).map(([name, count]) =>
    `${name}=${count}`
  );
  return [`sensor=${JSON.stringify(row.sensor)}`, ...group, ...counts]
    .join(" ");
}
