// The table of what became of the packets.
import type { BenchTable, Cell } from "../bench/section.ts";
import { CAUSES } from "./account.ts";
import type { Fault, Outcome } from "./fault.ts";

/** A fault that was tried. */
export interface TriedFault {
  /** Which. */
  fault: Pick<Fault, "title">;
  /** What it told; undefined if it did not come to its end. */
  outcome: Outcome | undefined;
  /** How long it took. */
  seconds: number;
}

/**
 * Makes the table of the faults that were tried.
 *
 * @param tried The faults, one row each.
 * @returns A table with a column for each cause that has packets anywhere.
 */
export function faultTable(tried: readonly TriedFault[]): BenchTable {
  const used = CAUSES.filter((cause) =>
    tried.some(({ outcome }) => (outcome?.account.causes[cause] ?? 0) !== 0)
  );
  return {
    columns: ["fault", "logged", "delivered", ...used, "difference", "s"],
    rows: tried.map(({ fault, outcome, seconds }): Cell[] => {
      const account = outcome?.account;
      return [
        fault.title,
        account?.logged,
        account?.delivered,
        ...used.map((cause) => account?.causes[cause]),
        account?.difference,
        Math.round(seconds),
      ];
    }),
    notes: tried.flatMap(({ fault, outcome }) => [
      ...(outcome === undefined ? [`${fault.title}: FAILED`] : []),
      ...(outcome?.remark === undefined
        ? []
        : [`${fault.title}: ${outcome.remark}`]),
      ...(outcome?.account.faults ?? []).map((text) =>
        `${fault.title}: WRONG: ${text}`
      ),
    ]),
  };
}
