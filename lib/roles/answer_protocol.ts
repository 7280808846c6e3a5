import type { AnswerSummary } from "./answer_piece.ts";
import {
  formatQuery,
  isQuery,
  parseQuery,
  type QueryFields,
  type QueryRequest,
} from "./query_request.ts";
import type { StatedSpan } from "./window_stats.ts";

/** What a question's message asks for. */
export interface Question {
  /** The query's fields; none for a request that is unknown, which asks for everything. */
  readonly fields: QueryFields;
  /**
   * Whether the answer may come in several messages, each with a {@linkcode Note} before its bytes. Otherwise it is one message, whose parts
   * together are the file.
   */
  readonly isSplit: boolean;
}

/** How a whole answer ended, and what the window held then. */
export type EndNote = AnswerSummary & {
  /** The times that the packets of the window lie between. */
  readonly window: StatedSpan;
};

/** What a message of a split answer begins with. */
export type Note =
  /** The bytes that follow are the next ones of the file; or none follow, and the receiver is at work. */
  | {
    readonly kind: "part";
    /** Bytes of the window that were gone through, and that are to be. */
    readonly done: number;
    readonly total: number;
  }
  /** The file is complete. */
  | { readonly kind: "end"; readonly end: EndNote }
  /** What was asked for in place of packets. */
  | { readonly kind: "stats"; readonly stats: object }
  /** There is no answer, or no more of it. */
  | { readonly kind: "error"; readonly error: string };

/** The field that asks for a split answer. */
const SPLIT = "split";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Writes a question that is to be answered in several messages.
 *
 * @param request What is asked for.
 * @returns The message.
 */
export function encodeQuestion(
  request: QueryRequest,
): Uint8Array<ArrayBuffer> {
  const fields = { ...formatQuery(request), [SPLIT]: true };
  return encoder.encode(JSON.stringify(fields));
}

/**
 * Reads a question, from whoever asks. What is no question of ours asks for everything, as any did with the Python original.
 *
 * @param parts The parts of the message.
 * @returns The question; its fields are not checked yet.
 */
export function decodeQuestion(parts: readonly Uint8Array[]): Question {
  const fields = parts.length === 1 ? readObject(parts[0]) : undefined;
  if (fields === undefined) return { fields: {}, isSplit: false };
  const { [SPLIT]: split, ...rest } = fields;
  return {
    isSplit: split === true,
    fields: isQuery(rest) || split === true ? rest : {},
  };
}

/**
 * Reads what a question asks for.
 *
 * @param question The question.
 * @returns The query.
 * @throws {QueryError} If it is not right.
 */
export function requestOf(question: Question): QueryRequest {
  return parseQuery(question.fields);
}

function readObject(
  bytes: Uint8Array | undefined,
): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Writes what a message of a split answer begins with.
 *
 * @param note What it says.
 * @returns The message's first part.
 */
export function encodeNote(note: Note): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(note));
}

/**
 * Reads what a message of a split answer begins with.
 *
 * @param bytes The message's first part.
 * @returns What it says; undefined if it is no note, and so the message no part of a split answer.
 */
export function decodeNote(bytes: Uint8Array): Note | undefined {
  const note = readObject(bytes);
  const isNote = note !== undefined && hasShape(note);
  return isNote ? note as unknown as Note : undefined;
}

/** Who answers was asked by address, so that its shape is enough to know. */
function hasShape(note: Record<string, unknown>): boolean {
  switch (note["kind"]) {
    case "part":
      return isCount(note["done"]) && isCount(note["total"]);
    case "end":
      return isObject(note["end"]) && isCount(note["end"]["packets"]) &&
        isCount(note["end"]["bytes"]) && isObject(note["end"]["window"]);
    case "stats":
      return isObject(note["stats"]);
    case "error":
      return typeof note["error"] === "string";
    default:
      return false;
  }
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
