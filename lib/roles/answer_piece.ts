import type { WindowLoan } from "../history/window_reader.ts";
import type { Selection } from "./answer_selector.ts";
import type { AnswerFormat } from "./query_request.ts";

/** Which packets of a window an answer is made of, and how. */
export interface AnswerPlan extends Selection {
  /** The sensor. */
  readonly sensor: string | undefined;
  /** Most packets; infinite for no limit. */
  readonly maxPackets: number;
  /** Most bytes; infinite for no limit. The header of the file is always there. */
  readonly maxBytes: number;
  /** What it is written as. */
  readonly format: AnswerFormat;
}

/** How an answer ended. */
export interface AnswerSummary {
  /** Packets in it. */
  packets: number;
  /** Bytes of it. */
  bytes: number;
  /** Whether it ends before its time, as there are as many packets or bytes as were asked for. */
  limited: boolean;
}

/** What comes next of an answer. */
export type AnswerPiece =
  /** Bytes, borrowed until the next piece is asked for. */
  | { readonly kind: "bytes"; readonly parts: readonly Uint8Array[] }
  /** Bytes that stay until they are given back, which is up to whoever got them. */
  | { readonly kind: "loan"; readonly loan: WindowLoan }
  /** Nothing yet: the time was over. */
  | { readonly kind: "working" }
  /** It is complete. */
  | { readonly kind: "end"; readonly summary: AnswerSummary };
