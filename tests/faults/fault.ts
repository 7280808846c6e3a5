// What the fault suite is made of: scenarios that each break one thing and account for every packet.
import type { Account } from "./account.ts";

/** What a fault's scenario tells. */
export interface Outcome {
  /** Where every packet went. */
  account: Account;
  /** What was seen besides, for who reads the table; a few words. */
  remark?: string;
}

/** One thing that goes wrong. */
export interface Fault {
  /** What `--only` calls it. */
  name: string;
  /** What happens, in a line of the table. */
  title: string;
  /** Whether it belongs to the ordinary tests: it takes some 5 s at most. */
  quick?: boolean;
  /** Lets it happen. */
  run: () => Promise<Outcome>;
}
